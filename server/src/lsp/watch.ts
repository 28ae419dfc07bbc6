/** Says when files on disk change, also where the editor does not watch them: by the system's events, and by looking now and then. */
import { watch as watchFolder, type FSWatcher } from 'node:fs'
import { dirname } from 'node:path'
import { stampOf, type Stamp } from './files.ts'

/** Milliseconds between looks; events are not to be had on every file system. */
const LOOK = 2000
/** Milliseconds after an event until the files are looked at, and between two looks that must agree. */
const SETTLE = 100
/** Looks at a file that is being written. */
const MOST_LOOKS = 50

export class Watcher {
  private readonly changed: (paths: ReadonlySet<string>) => void
  private stamps = new Map<string, Stamp>()
  private readonly folders = new Map<string, FSWatcher>()
  private timer: NodeJS.Timeout | undefined
  private soon: NodeJS.Timeout | undefined
  private looking = false

  constructor(changed: (paths: ReadonlySet<string>) => void) {
    this.changed = changed
  }

  /** The files to watch from now on, absolute, with the states in which they were read. */
  watch(stamps: readonly Stamp[]): void {
    this.stamps = new Map(stamps.map((stamp) => [stamp.path, stamp]))
    this.watchFolders(new Set(stamps.flatMap(({ path, beside }) => [path, ...beside].map((one) => dirname(one)))))
    if (stamps.length === 0) {
      clearInterval(this.timer)
      this.timer = undefined
    } else this.timer ??= setInterval(() => void this.look(), LOOK).unref()
  }

  /** Somebody says that files may have changed. */
  hint(): void {
    this.soon ??= setTimeout(() => {
      this.soon = undefined
      void this.look()
    }, SETTLE).unref()
  }

  close(): void {
    clearInterval(this.timer)
    clearTimeout(this.soon)
    this.watchFolders(new Set())
    this.stamps.clear()
  }

  private watchFolders(folders: ReadonlySet<string>): void {
    for (const [folder, watcher] of this.folders) {
      if (folders.has(folder)) continue
      watcher.close()
      this.folders.delete(folder)
    }
    for (const folder of folders) {
      if (this.folders.has(folder)) continue
      try {
        const watcher = watchFolder(folder, { persistent: false }, () => this.hint())
        watcher.on('error', () => {
          watcher.close()
          this.folders.delete(folder)
        })
        this.folders.set(folder, watcher)
      } catch {
        // No such folder, or no events there: the looks do.
      }
    }
  }

  private async look(): Promise<void> {
    if (this.looking) return
    this.looking = true
    try {
      const different = new Set<string>()
      for (const [path, known] of [...this.stamps]) {
        let state = await stampOf(path, known.beside)
        if (state === known.state) continue
        // A file that is being written is read when it is whole.
        for (let looks = 0; looks < MOST_LOOKS; looks++) {
          await new Promise((resolve) => setTimeout(resolve, SETTLE).unref())
          const later = await stampOf(path, known.beside)
          if (later === state) break
          state = later
        }
        if (this.stamps.get(path) !== known) continue
        this.stamps.set(path, { ...known, state })
        different.add(path)
      }
      if (different.size > 0) this.changed(different)
    } finally {
      this.looking = false
    }
  }
}
