/** Requests of a client of our own: see protocol/editor.ts. */
import { parse } from '@scrub/grammar'
import { showDiagnosis } from '../language/diagnosis.ts'
import { against } from '../language/lenses.ts'
import { visible } from '../language/markdown.ts'
import { DOCTOR, HEALTH, HYPOTHESES, KEY, KNOWN, NEW, type Health, type HypothesisPlace, type KnownRun, type RunKey } from '../protocol/editor.ts'
import { diagnose } from '../runner/doctor.ts'
import { pathOf } from './convert.ts'
import { hypothesisPlaces } from './hypothesis-places.ts'
import { textOf, type Parts } from './parts.ts'

type Written = { text: string } | { message: string } | null

export function registerRequests({ connection, workspace, guard }: Parts): void {
  connection.onRequest(KEY, guard('key', async ({ uri, hypothesis }: { uri: string; hypothesis: string }): Promise<RunKey | null> => {
    const session = workspace.session(uri)
    if (!session) return null
    const bound = await session.whenBound()
    return { key: (bound && workspace.keyOf(uri, hypothesis, bound)) ?? null }
  }, null as RunKey | null) as never)

  connection.onRequest(HYPOTHESES, guard('hypotheses', async ({ uri, text }: { uri: string; text: string }): Promise<HypothesisPlace[] | null> => {
    const opened = textOf(workspace, uri)?.snapshot
    // One that is open was parsed already; what a client has may be newer.
    return hypothesisPlaces(opened?.text === text ? opened.parsed.file : parse(text).file, text)
  }, null as HypothesisPlace[] | null) as never)

  connection.onRequest(HEALTH, guard('health', async ({ uri }: { uri: string }): Promise<Health | null> => {
    const session = workspace.session(uri)
    if (!session) return null
    const bound = await session.whenBound()
    return { text: against(session.textOnly(), session.findings() ?? []), valid: bound !== undefined, memory: process.memoryUsage.rss() }
  }, null as Health | null) as never)

  connection.onRequest(DOCTOR, guard('doctor', async (): Promise<string | null> => showDiagnosis(await diagnose()), null as string | null) as never)

  connection.onRequest(NEW, guard('new', async ({ model, data, uri }: { model: string; data: string; uri: string }): Promise<Written> => {
    const [modelPath, dataPath] = [pathOf(model), pathOf(data)]
    if (modelPath === undefined || dataPath === undefined) return { message: 'The model and the data have to be files of this machine.' }
    const written = await workspace.firstFile(modelPath, dataPath, uri)
    return 'message' in written ? { message: visible(written.message) } : written
  }, null as Written) as never)

  connection.onNotification(KNOWN, (run: KnownRun) => workspace.runs.know(run))
}
