/** Phases of a run that mean something to who asked. */

/** The runner has seen that it was cancelled and is putting together what it has. */
export const STOPPING = 'stopping'
/** All is computed, and files are written that were asked for. */
export const WRITING_FILES = 'writing'
