/** The version of Scrub, as in its manifest. */
import manifest from '../../package.json' with { type: 'json' }

export const version: string = manifest.version
