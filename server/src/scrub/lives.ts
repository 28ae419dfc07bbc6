/** Whether a process has ended. */

/** False where no process of this machine has the number. */
export function lives(id: number): boolean {
  try {
    process.kill(id, 0)
    return true
  } catch (error) {
    // One of somebody else may not be asked, but lives.
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}
