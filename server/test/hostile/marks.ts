/** Looks through a page for what text from a report must never become. */

/** Tags and attributes that run something, as the text of hostile reports asks for them; what is found, in a few words. */
export function marksOf(page: string): string[] {
  // Scripts and styles of our own are covered by the hashes of the policy; the carried report is JSON.
  const carried = /<script type="application\/json" id="report">([^]*?)<\/script>/.exec(page)?.[1] ?? ''
  JSON.parse(carried)
  const outside = page.replace(/<style>[^]*?<\/style>/, '').replace(/<script type="application\/json" id="report">[^]*?<\/script>/, '').replace(/<script>[^]*?<\/script>/, '')
  // Whatever stands in quotes is the value of an attribute; render() writes no quote inside of one.
  const bare = outside.replace(/="[^"]*"/g, '=""')
  const found = [/<script/i, /<img/i, /<iframe/i, /<[a-z][^<>]*\son[a-z]+\s*=/i, /<[a-z][^<>]*(?:href|src)\s*=\s*["']?\s*javascript:/i, /<base/i].filter((mark) => mark.test(mark.source.includes('javascript') ? outside : bare)).map(({ source }) => source)
  return /[<>]/.test(carried) ? [...found, 'an angle bracket in the carried report'] : found
}
