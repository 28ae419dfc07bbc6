/** Child processes of a test. */
import { execFileSync } from 'node:child_process'

/** Process ids of those that live, whose parent is `parent` and whose command line holds `text`. */
export function childrenOf(parent: number, text: string): number[] {
  const lines = execFileSync('ps', ['-eo', 'pid=,ppid=,stat=,args='], { encoding: 'utf8' }).split('\n')
  return lines.map((line) => line.trim().split(/\s+/)).filter(([, ppid, stat, ...args]) => Number(ppid) === parent && !stat!.startsWith('Z') && args.join(' ').includes(text)).map(([pid]) => Number(pid))
}
