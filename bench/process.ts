import { readFileSync } from 'node:fs'

/** Resident memory of a process; Linux only. */
export function residentMegabytes(pid: number | undefined): number {
  return Number(/^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) / 1024
}

/** Processor time of a process so far, its own and the system's for it; Linux only. */
export function processorMs(pid: number | undefined): number {
  // proc(5): utime and stime are the 14th and 15th field, in hundredths of a second; the second field, in brackets, may hold spaces.
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
    .replace(/^.*\) /, '')
    .split(' ')
  return (Number(fields[11]) + Number(fields[12])) * 10
}
