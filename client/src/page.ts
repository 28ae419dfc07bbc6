/** The document of the panel: nothing but the bundled page, under a policy that lets nothing else in. */

export interface PageGiven {
  /** What the webview calls its own origin. */
  readonly source: string
  readonly script: string
  readonly style: string
  /** Fresh for every document. */
  readonly nonce: string
}

export function pageHtml({ source, script, style, nonce }: PageGiven): string {
  const policy = ["default-src 'none'", `script-src 'nonce-${nonce}'`, `style-src ${source}`, `img-src ${source} data: blob:`, `font-src ${source}`].join('; ')
  return `<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width">
<title>Scrub</title>
<link rel="stylesheet" href="${style}">
</head>
<body>
<main id="page"></main>
<script nonce="${nonce}" src="${script}"></script>
</body>
</html>
`
}
