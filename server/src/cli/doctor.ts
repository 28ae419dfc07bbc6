/** `scrub doctor`: what works on this machine. */
import { showDiagnosis } from '../language/diagnosis.ts'
import { diagnose } from '../runner/doctor.ts'
import type { Environment } from './environment.ts'
import { EXIT, type ExitCode } from './exit.ts'

export async function doctor({ json = false }: { readonly json?: boolean }, { stdout }: Environment): Promise<ExitCode> {
  const diagnosis = await diagnose()
  stdout.write(json ? `${JSON.stringify(diagnosis, null, 2)}\n` : showDiagnosis(diagnosis))
  // Nothing runs without a processor; everything runs with one.
  return diagnosis.probes[0]?.works ? EXIT.fine : EXIT.failed
}
