/** Findings as tools read them: positions as in LSP (zero-based lines and UTF-16 characters). */

export interface Position {
  line: number
  character: number
}

export interface Range {
  start: Position
  end: Position
}

export interface FileFinding {
  code: string
  severity: 'error' | 'warning' | 'information'
  message: string
  file: string
  range: Range
  related?: { message: string; file: string; range: Range }[]
}
