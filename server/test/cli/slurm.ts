/** A Slurm of one node for a test, with its own MUNGE, all in one folder; nothing of the system's is touched. */
import { execFile, execFileSync, spawn, spawnSync, type ChildProcess } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type AddressInfo } from 'node:net'
import { hostname, tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'

export interface Slurm {
  /** For commands that talk to it. */
  readonly variables: NodeJS.ProcessEnv
  readonly command: (name: string, ...args: string[]) => Promise<string>
  readonly stop: () => Promise<void>
}

/** Why none can be started here; undefined where one can. */
export function withoutSlurm(): string | undefined {
  if (process.getuid?.() !== 0) return 'not root'
  const missing = ['munged', 'slurmctld', 'slurmd', 'sbatch', 'scontrol'].filter((name) => spawnSync('sh', ['-c', `command -v ${name}`]).status !== 0)
  return missing.length > 0 ? `no ${missing.join(', ')}` : undefined
}

export async function startSlurm(): Promise<Slurm> {
  const folder = mkdtempSync(join(tmpdir(), 'scrub-slurm-'))
  chmodSync(folder, 0o755)
  const path = (name: string) => join(folder, name)
  for (const name of ['state', 'spool', 'munge']) mkdirSync(path(name), { mode: 0o755 })
  writeFileSync(path('munge/key'), randomBytes(128), { mode: 0o600 })
  const [controller, node] = [await freePort(), await freePort()]
  writeFileSync(path('slurm.conf'), `ClusterName=scrub-test
SlurmctldHost=${hostname()}(127.0.0.1)
SlurmctldPort=${controller}
SlurmdPort=${node}
SlurmUser=root
AuthType=auth/munge
AuthInfo=socket=${path('munge/socket')}
CredType=cred/munge
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
SelectType=select/cons_tres
SelectTypeParameters=CR_Core
JobAcctGatherType=jobacct_gather/none
MpiDefault=none
ReturnToService=2
KillWait=2
SchedulerParameters=sched_interval=1,bf_interval=1
StateSaveLocation=${path('state')}
SlurmdSpoolDir=${path('spool')}
SlurmctldPidFile=${path('slurmctld.pid')}
SlurmdPidFile=${path('slurmd.pid')}
NodeName=${hostname()} NodeAddr=127.0.0.1 CPUs=2 State=UNKNOWN
PartitionName=all Nodes=ALL Default=YES State=UP
`)
  const variables = { SLURM_CONF: path('slurm.conf') }
  const children: ChildProcess[] = []
  const daemon = (name: string, ...args: string[]): void => void children.push(spawn(name, args, { env: { ...process.env, ...variables }, stdio: 'ignore' }))
  const stop = async (): Promise<void> => {
    for (const child of children.reverse()) {
      const gone = new Promise((resolve) => child.once('exit', resolve))
      if (child.exitCode === null && child.kill('SIGTERM')) await Promise.race([gone, new Promise((resolve) => setTimeout(resolve, 5000).unref())])
      child.kill('SIGKILL')
    }
    rmSync(folder, { recursive: true, force: true })
  }
  const command = async (name: string, ...args: string[]): Promise<string> => (await promisify(execFile)(name, args, { env: { ...process.env, ...variables } })).stdout
  try {
    daemon('munged', '--foreground', '--force', `--socket=${path('munge/socket')}`, `--key-file=${path('munge/key')}`, `--pid-file=${path('munge/pid')}`, `--log-file=${path('munge/log')}`, `--seed-file=${path('munge/seed')}`)
    await until(() => spawnSync('munge', ['-n', `--socket=${path('munge/socket')}`]).status === 0, 'munged')
    daemon('slurmctld', '-D')
    daemon('slurmd', '-D', '-N', hostname())
    await until(() => /\bidle\b/.test(execFileSync('sh', ['-c', 'sinfo -h -o %T 2>/dev/null || true'], { env: { ...process.env, ...variables }, encoding: 'utf8' })), 'the node')
  } catch (error) {
    await stop()
    throw error
  }
  return { variables, command, stop }
}

/** Against hangs. */
export async function until(holds: () => boolean | Promise<boolean>, what: string, seconds = 60): Promise<void> {
  for (const end = Date.now() + seconds * 1000; Date.now() < end; ) {
    if (await holds()) return
    await new Promise((resolve) => setTimeout(resolve, 200))
  }
  throw new Error(`${what} did not come up in ${seconds} s`)
}

async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  await new Promise((resolve) => server.close(resolve))
  return port
}
