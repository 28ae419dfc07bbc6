// Loaded into every process of a command by NODE_OPTIONS: does the one thing that SCRUB_FAULT says, at the moment that it says.
import childProcess, { spawnSync } from 'node:child_process'
import fs from 'node:fs'
import { createRequire, syncBuiltinESMExports } from 'node:module'

/** `at`: a stage, `nth` time that it is reached; `log`: a file that counts how often the fault came, at most `times`; `jump`: milliseconds. */
const { process: where = 'runner', at, nth = 1, fault, times = 1, log, device, jump, path, from } = JSON.parse(process.env.SCRUB_FAULT)
const isRunner = process.argv[1]?.endsWith('runner.mjs') ?? false
const reached = new Map()

/** A byte for each time that the fault came, in whichever process. */
const soFar = () => fs.statSync(log, { throwIfNoEntry: false })?.size ?? 0

function stage(name) {
  reached.set(name, (reached.get(name) ?? 0) + 1)
  if (name !== at || reached.get(name) < nth || soFar() >= times) return
  fs.appendFileSync(log, '.')
  FAULTS[fault]()
}

/** Does not come back where the process ends. */
const FAULTS = {
  SIGKILL: () => process.kill(process.pid, 'SIGKILL'),
  SIGSEGV: () => process.kill(process.pid, 'SIGSEGV'),
  SIGBUS: () => process.kill(process.pid, 'SIGBUS'),
  // The heap of JavaScript.
  heap: () => {
    for (const all = []; ; ) all.push(new Array(10_000).fill({}).map(() => ({ more: Math.random() })))
  },
  // Address space: what ONNX Runtime and V8 ask the system for.
  memory: () => spawnSync('prlimit', ['--pid', String(process.pid), `--as=${addressSpace() + 2 ** 20}`]),
  throw: () => {
    throw new Error('injected: the device was lost')
  },
  // Another file in place of one that is used: written over, or taken away.
  overwrite: () => fs.copyFileSync(from, path),
  truncate: () => fs.truncateSync(path, 40),
  replace: () => {
    fs.copyFileSync(from, `${path}.new`)
    fs.renameSync(`${path}.new`, path)
  },
  remove: () => fs.rmSync(path),
  touch: () => fs.utimesSync(path, new Date(), new Date()),
}

const addressSpace = () => 4096 * Number(fs.readFileSync('/proc/self/statm', 'utf8').split(' ')[0])

if (jump !== undefined) {
  // A clock that somebody sets, forwards and back, at every look.
  const now = Date.now
  let looks = 0
  Date.now = () => now() + (looks++ % 2 === 0 ? jump : -jump)
}

if (!isRunner && fault === 'heap') {
  // The runner gets little of it, so that it is soon full.
  const fork = childProcess.fork
  childProcess.fork = (program, given, options) => fork(program, given, { ...options, execArgv: [...(options?.execArgv ?? []), '--max-old-space-size=64'] })
  syncBuiltinESMExports()
}

if (device !== undefined) {
  // The mark of a driver, so that `auto` looks for a device.
  const exists = fs.existsSync
  fs.existsSync = (name) => name === '/dev/nvidiactl' || exists(name)
  syncBuiltinESMExports()
}

if (isRunner === (where === 'runner')) {
  stage('start')
  const send = process.send?.bind(process)
  if (isRunner && send) {
    process.send = (message, ...rest) => {
      if (message.type === 'findings') stage('opening')
      if (message.type === 'progress') stage(message.phase)
      const sent = send(message, ...rest)
      if (message.type === 'batch') stage('batch')
      return sent
    }
  }
  // Between writing a file and giving it its name.
  const rename = fs.renameSync
  fs.renameSync = (...names) => {
    stage('rename')
    rename(...names)
  }
  syncBuiltinESMExports()
  if (isRunner) {
    const ort = createRequire(process.argv[1])('onnxruntime-node')
    const create = ort.InferenceSession.create.bind(ort.InferenceSession)
    /** A device that is the processor under another name, so that it can fail here. */
    const standsIn = (options) => device !== undefined && options?.executionProviders?.includes(device)
    ort.InferenceSession.create = async (model, options, ...rest) => {
      const onDevice = standsIn(options)
      if (device === undefined || onDevice) stage('session')
      const { preferredOutputLocation: _, ...plain } = options ?? {}
      const session = await create(model, onDevice ? { ...plain, executionProviders: ['cpu'] } : options, ...rest)
      const run = session.run.bind(session)
      session.run = async (...given) => {
        if (device === undefined || onDevice) stage('session run')
        return run(...given)
      }
      return session
    }
  }
}
