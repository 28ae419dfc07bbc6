/** What the file system says, in words. */

/** Why it refused; continues a sentence after a colon, without the full stop. */
export function reason(error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException
  switch (code) {
    case 'ENOENT': return 'there is no such file'
    case 'EACCES': case 'EPERM': return 'permission denied'
    case 'EISDIR': return 'it is a folder'
    case 'ENOTDIR': return 'a part of its path is not a folder'
    case 'ENOSPC': return 'the disk is full; free some of it, or name another folder'
    case 'EDQUOT': return 'the quota on this disk is used up; free some of it, or name another folder'
    case 'EFBIG': return 'a file may not be that large here (`ulimit -f`, or the kind of disk); raise the limit, or name another folder'
    case 'EROFS': return 'this disk can only be read; name another folder'
    case 'EIO': return 'the disk fails; name another folder'
    case 'ENAMETOOLONG': return 'the name is too long'
    case 'ELOOP': return 'its links lead in a circle'
    case 'EMFILE': case 'ENFILE': return 'too many files are open; raise `ulimit -n`, or close some programs'
    default: return message
  }
}
