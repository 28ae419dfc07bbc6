/** The version of Scrub, as in its manifest. */
import manifest from '../package.json' with { type: 'json' }

export const VERSION: string = manifest.version
