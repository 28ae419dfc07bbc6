/** The commands and their options. What a command does is loaded when it is called. */
import { Command, CommanderError, Option } from 'commander'
import type { Environment } from './environment.ts'
import { EXIT, Stop, type ExitCode } from './exit.ts'
import { cacheType, device, megabytes, positiveInteger, precision, reductions, samples, seed, shard } from './options.ts'
import { setting } from './settings.ts'
import { harmless } from './text.ts'
import { VERSION } from '../version.ts'

/** Run one command line (without the interpreter and the script) and give its exit code. Only bugs are thrown. */
export async function scrub(argv: readonly string[], environment: Environment): Promise<ExitCode> {
  let exitCode: ExitCode = EXIT.fine
  const program = commands(environment, (code) => (exitCode = code))
  try {
    await program.parseAsync(argv, { from: 'user' })
    return exitCode
  } catch (error) {
    // Commander has already said what it had to say.
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.fine : EXIT.usage
    if (!(error instanceof Stop)) throw error
    environment.stderr.write(`${environment.stderr.colours.red('scrub:')} ${harmless(error.message)}\n`)
    return error.exitCode
  }
}

function commands(environment: Environment, done: (code: ExitCode) => void): Command {
  const { stdout, stderr } = environment
  const program = new Command('scrub')
    .description('Causal scrubbing: test hypotheses about how a neural network works.')
    .version(VERSION, '-v, --version', 'print the version')
    .helpOption('-h, --help', 'print this help')
    .helpCommand('help [command]', 'print the help of a command')
    .exitOverride()
    .configureOutput({
      writeOut: (text) => stdout.write(text),
      writeErr: (text) => stderr.write(text),
      outputError: (text, write) => write(`${stderr.colours.red('scrub:')} ${complaint(text)}\n`),
      getOutHelpWidth: () => Math.min(100, stdout.columns),
      getErrHelpWidth: () => Math.min(100, stderr.columns),
      getOutHasColors: () => true,
      getErrHasColors: () => true,
    })
    .showHelpAfterError('Run `scrub --help` to see how it is used.')
    .addHelpText(
      'after',
      `
Examples:
  $ scrub check toy.scrub                 findings of a file, before anything runs
  $ scrub run toy.scrub                   evaluate all of its hypotheses
  $ scrub run toy.scrub -H "or of two" --precision 0.5% --json report.json
  $ scrub graph toy.onnx                  names of tensors, to be used after \`at\`

Exit codes: 0 fine, 1 errors found or an \`expect\` failed, 2 wrong usage, 3 the run failed, 130 stopped by Ctrl-C.`,
    )

  const root = () => new Option('--root <folder>', 'refuse models, data and other files outside this folder')

  program
    .command('check')
    .summary('find mistakes before anything is evaluated')
    .description('Check files against their model and data: names, types, shapes and edges, and what the features make of the data.')
    .argument('<file...>', '.scrub files')
    .option('--strict', 'warnings count as errors')
    .option('--deep', 'try on the weights and the data what a run would refuse, too: parts of the transformer, rewrites, indices, metric')
    .option('--no-data', 'leave out the warnings for which features and places are computed on the data')
    .addOption(root())
    .addOption(new Option('--json', 'print findings as JSON').conflicts('sarif'))
    .option('--sarif', 'print findings as SARIF 2.1.0, for code review tools')
    .addHelpText(
      'after',
      `
Examples:
  $ scrub check claims/*.scrub --sarif > findings.sarif
  $ scrub check paren.scrub --deep        before a long run: nothing is evaluated, and Ctrl-C stops it`,
    )
    .action(async (files: string[], options) => done(await (await import('./check.ts')).check(files, options, environment)))

  program
    .command('fmt')
    .summary('format files')
    .description('Format files in place; `-` formats standard input to standard output.')
    .argument('<file...>', '.scrub files, or -')
    .option('--check', 'change nothing, list the files that are not formatted, and exit with 1 if there are any')
    .option('--json', 'print which files changed as JSON')
    .action(async (files: string[], options) => done(await (await import('./fmt.ts')).fmt(files, options, environment)))

  program
    .command('run')
    .summary('evaluate hypotheses')
    .description('Evaluate the hypotheses of a file on its model and data, and test its `expect` statements.')
    .usage('<file...> [options]')
    .argument('[file...]', 'a .scrub file, or several, also by a pattern such as "hyp/*.scrub": then one table is printed of all')
    .option('-H, --hypothesis <name...>', 'only these hypotheses')
    .option('--metric <name>', 'evaluate this metric or score instead of the first of the file')
    .option('-n, --samples <number>', 'samples per hypothesis (10000, or as the file says)', samples)
    .option('-p, --precision <share>', 'stop when the interval of `recovered` is this narrow on each side: 0.5% or 0.005', precision)
    .option('--reduce-variance <ways>', 'a smaller error from as many samples: stratified, latin, control, several of them with commas between, or all', reductions)
    .option('-s, --seed <number>', 'seed of the draws (0, or as the file says)', seed)
    .option('--shard <i/n>', 'only part i of n of the samples (of a sweep, of its runs), as another machine does the others; `scrub merge` puts them together', shard)
    .option('--set <name=values>', 'run for each of these: seed=1..5, samples=1000,4000 or metric=loss,accuracy; several are combined', setting)
    .option('--exact', 'enumerate all draws instead of sampling, where they are few enough')
    .option('--device <name>', 'auto, cpu, webgpu, cuda, dml or coreml', device, 'auto')
    .option('--threads <number>', 'threads of ONNX Runtime', positiveInteger)
    .option('--batch <number>', 'samples per batch', positiveInteger)
    .option('--memory <megabytes>', 'memory that cached activations may take (4096); more goes to a temporary file', megabytes)
    .option('--cache <type>', 'float16: keep activations in half the memory, and tell what that changes of the metric', cacheType)
    .option('--no-costs', 'leave out what each node costs')
    .option('--null <number>', 'beside each, this many hypotheses of the same shape with permuted features', positiveInteger)
    .option('--sensitivity', 'each also with unimportant inputs drawn in the other two ways')
    .option('--explain', 'evaluate nothing, but print what it would take: branches, cached tensors, rows, operations')
    .option('--nodes', 'show every node of every hypothesis')
    .option('--strict', 'warnings count as errors')
    .option('--profile', 'print where the time went')
    .addOption(root())
    .option('--json <out>', 'write the report to a file; - prints it instead of the tables')
    .option('--html <out>', 'write the report as one HTML file, to be opened in a browser')
    .option('--samples-out <out>', 'write the value of every sample to a .npz file')
    .option('--emit <out>', 'write the compiled model of the (first) hypothesis to an .onnx file')
    .addHelpText(
      'after',
      `
Examples:
  $ scrub run paren.scrub -H "claim 1" --samples 100000
  $ scrub run paren.scrub --precision 0.5% --json report.json --html report.html
  $ scrub run 'hyp/*.scrub' --set seed=1..5
  $ scrub run toy.scrub --exact --json - | jq '.hypotheses[].recovered.value'

Ctrl-C stops the run and prints what it has so far; a second Ctrl-C stops at once.`,
    )
    .action(async (files: string[], options) => done(await (await import('./run.ts')).run(files, options, environment)))

  program
    .command('merge')
    .summary('put the shards of a run together')
    .description('Make the report of the whole run, or the table of the whole sweep, from those of all its shards (`scrub run --shard i/n --json`), in any order, and test its `expect` statements.')
    .argument('<report...>', 'the reports of all shards, as JSON; a folder stands for all reports in it')
    .option('--nodes', 'show every node of every hypothesis')
    .option('--strict', 'warnings count as errors')
    .option('--json <out>', 'write the report to a file; - prints it instead of the tables')
    .option('--html <out>', 'write the report as one HTML file, to be opened in a browser')
    .option('--samples-out <out>', 'write the value of every sample to a .npz file')
    .addHelpText(
      'after',
      `
Examples:
  $ scrub run toy.scrub --shard 1/2 --json part-1.json
  $ scrub run toy.scrub --shard 2/2 --json part-2.json
  $ scrub merge part-*.json --json report.json`,
    )
    .action(async (paths: string[], options) => done(await (await import('./merge.ts')).merge(paths, options, environment)))

  program
    .command('submit')
    .summary('run in shards on a cluster')
    .description('Submit a run or a sweep in shards, and the merge that waits for them. Submitted again, it runs only the shards that are missing. docs/clusters.md says more, also of Kubernetes.')
    .usage('<file...> [options]')
    .argument('[file...]', 'a .scrub file, or several, also by a pattern such as "hyp/*.scrub": then one table is made of all')
    .option('--slurm', 'as a job array of Slurm')
    .option('--array <number>', 'how many shards: of a sweep of all its runs together', positiveInteger, 10)
    .requiredOption('--json <out>', 'the report that is written in the end; the shards lie beside it, in OUT.shards')
    .option('--html <out>', 'write the report as one HTML file, too')
    .option('--set <name=values>', 'run for each of these: seed=1..5, samples=1000,4000 or metric=loss,accuracy; several are combined', setting)
    .option('--sbatch <option>', 'a further option of both jobs, such as --sbatch=--partition=short; may be repeated', (option: string, before: string[] = []) => [...before, option])
    .option('--scrub <command>', 'how Scrub is called on the nodes, as a shell reads it (the very program that submits)')
    .option('--dry-run', 'print the scripts, and submit nothing')
    .option('-H, --hypothesis <name...>', 'only these hypotheses')
    .option('--metric <name>', 'evaluate this metric or score instead of the first of the file')
    .option('-n, --samples <number>', 'samples per hypothesis, of all shards together (10000, or as the file says)', samples)
    .option('-s, --seed <number>', 'seed of the draws (0, or as the file says)', seed)
    .option('--reduce-variance <ways>', 'a smaller error from as many samples: stratified, latin, control, several of them with commas between, or all', reductions)
    .option('--exact', 'enumerate all draws instead of sampling, where they are few enough: every shard does')
    .option('--device <name>', 'auto, cpu, webgpu, cuda, dml or coreml', device, 'auto')
    .option('--threads <number>', 'threads of ONNX Runtime', positiveInteger)
    .option('--batch <number>', 'samples per batch', positiveInteger)
    .option('--memory <megabytes>', 'memory that cached activations may take', megabytes)
    .option('--cache <type>', 'float16: keep activations in half the memory, and tell what that changes of the metric', cacheType)
    .option('--no-costs', 'leave out what each node costs')
    .option('--null <number>', 'beside each, this many hypotheses of the same shape with permuted features', positiveInteger)
    .option('--sensitivity', 'each also with unimportant inputs drawn in the other two ways')
    .option('--strict', 'warnings count as errors when shards are merged')
    .addOption(root())
    .addHelpText(
      'after',
      `
Examples:
  $ scrub submit paren.scrub --slurm --array 20 -n 1e6 --json report.json
  $ scrub submit 'hyp/*.scrub' --set seed=1..5 --slurm --array 40 --json sweep.json
  $ scrub submit paren.scrub --slurm --json report.json --sbatch=--partition=gpu --sbatch=--gres=gpu:1 --device cuda --dry-run`,
    )
    .action(async (files: string[], options) => done(await (await import('./submit.ts')).submit(files, options, environment)))

  program
    .command('report')
    .summary('show a report in a browser')
    .description('Write a report of `scrub run --json` as one HTML file: graph, hypotheses, losses, samples and classes. It needs no network.')
    .argument('<report>', 'a report, as JSON')
    .option('-o, --output <out>', 'the HTML file (beside the report, or as named here); - prints it')
    .addHelpText(
      'after',
      `
Examples:
  $ scrub report out/toy.json
  $ scrub report out/toy.json -o toy.html`,
    )
    .action(async (path: string, options) => done(await (await import('./report.ts')).report(path, options, environment)))

  program
    .command('classes')
    .summary('show the equivalence classes of a node')
    .description("Show the equivalence classes that a node's feature makes of the data.")
    .argument('<file>', 'a .scrub file')
    .argument('<node>', 'a node, such as A or "count[1]"')
    .option('-H, --hypothesis <name>', 'the hypothesis of the node (the first that has it)')
    .addOption(root())
    .option('--json', 'print the classes as JSON')
    .action(async (file: string, node: string, options) => done(await (await import('./classes.ts')).classes(file, node, options, environment)))

  program
    .command('graph')
    .summary("list a model's tensors")
    .description("List a model's inputs, outputs and tensors with their shapes; of a .scrub file, also its components and points.")
    .argument('<model>', 'an .onnx or a .scrub file')
    .addOption(root())
    .option('--transformer', 'print what `use transformer` finds: embeddings, heads, MLPs and the points between')
    .option('--json', 'print the graph as JSON')
    .action(async (model: string, options) => done(await (await import('./graph.ts')).graph(model, options, environment)))

  program
    .command('new')
    .summary('write a first hypothesis file')
    .description('Write a first hypothesis file for a model and a dataset: which columns feed the model, a metric, and hypotheses that evaluate, to be changed. Of a transformer they are about its heads (`use transformer`).')
    .argument('<model>', 'an .onnx file')
    .argument('<data>', 'a dataset')
    .option('-o, --output <out>', 'the file to write (standard output when not given)')
    .option('--force', 'write over a file that is there')
    .addOption(root())
    .action(async (model: string, data: string, options) => done(await (await import('./new.ts')).newFile(model, data, options, environment)))

  program
    .command('doctor')
    .summary('say what works on this machine')
    .description('Try every device that ONNX Runtime knows here, each in a process of its own, and say what is missing.')
    .option('--json', 'print what was found as JSON')
    .action(async (options) => done(await (await import('./doctor.ts')).doctor(options, environment)))

  program
    .command('lsp')
    .summary('start the language server')
    .description('Start the language server that editors talk to; docs/editors.md says how to set them up.')
    .option('--stdio', 'over standard input and output (the default)')
    .option('--node-ipc', "over Node's IPC channel")
    .addOption(new Option('--socket <port>', 'over a socket that the editor listens on').argParser(positiveInteger))
    .option('--clientProcessId <pid>', 'end with this process')
    .action(async (options) => done(await (await import('./lsp.ts')).lsp(options)))

  for (const command of program.commands) command.showHelpAfterError(`Run \`scrub ${command.name()} --help\` to see how it is used.`)
  return program
}

/** What commander complains about, as a sentence. */
function complaint(text: string): string {
  const clause = text.trim().replace(/^error: /, '').replace(/^option '[^']*?(--[\w-]+)[^']*' argument '(.*)' is invalid\. (It\b)?/s, (_, option, value, it) => `${option} ${value}: ${it ? 'it' : ''}`)
  const sentence = clause.startsWith('-') ? clause : clause.slice(0, 1).toUpperCase() + clause.slice(1)
  return /[.?!)]$/.test(sentence) ? sentence : `${sentence}.`
}
