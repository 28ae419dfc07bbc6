/** Before any test: the bundle is made from the sources as they are. */
export default async (): Promise<void> => {
  await import('../build.mjs' as string)
}
