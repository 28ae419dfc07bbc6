/** Before any test: the bundles are made from the sources as they are. */
export default async (): Promise<void> => {
  await import('../build.mjs' as string)
  await import('../../media/build.mjs' as string)
  await import('../../client/build.mjs' as string)
}
