/** Sentences that name options of the command line, as an editor says them: there they are settings. */
const SETTINGS: Readonly<Record<string, string>> = { '--memory': 'the setting scrub.evaluate.memoryLimitMB', '--batch': 'scrub.evaluate.batchSize', '--device': 'scrub.evaluate.device' }

export const inSettings = (sentence: string): string => sentence.replaceAll(/--\w+/g, (option) => SETTINGS[option] ?? option)
