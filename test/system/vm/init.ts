/** A folder of this machine and where the guest has it. */
export interface Share {
  readonly path: string
  readonly at: string
  /** What the guest writes there is on this machine. Left out, the guest may only read. */
  readonly writable?: boolean
}

export interface GuestInit {
  readonly shares: readonly Share[]
  /** A command in the tree, with its parameters. */
  readonly run: readonly string[]
  /** `none`: the command is all that runs. `systemd`: the tree's `/sbin/init` is PID 1, and the command a service of `multi-user.target`. */
  readonly init: 'none' | 'systemd'
}

/** The guest's own machinery has done its part, and its command begins; see `boot`. */
export const firstLine = 'GUEST begins'
/** The last line of every guest; see `boot`. */
const lastLine = 'echo "GUEST rc=$?"'
const path = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'
const p9 = 'trans=virtio,version=9p2000.L,cache=loose,msize=512000'

export const tagOf = (index: number): string => `share${index}`

/**
 * The guest's first program, a busybox script: modules, then the tree read-only under an overlay in memory, so that the guest may write where it likes
 * and nothing of it stays, then the shares.
 */
export function guestInit({ shares, run, init }: GuestInit): string {
  return `#!/bin/busybox sh
/bin/busybox --install -s /bin
fail() { echo "guest: $*"; echo "GUEST rc=125"; poweroff -f; }
mount -t proc proc /proc; mount -t sysfs sysfs /sys; mount -t devtmpfs devtmpfs /dev
for module in $(cat /modules/order); do insmod /modules/$module || echo "guest: insmod $module failed"; done
mount -t 9p -o ro,${p9} tree /lower || fail "no tree"
mount -t tmpfs tmpfs /upper; mkdir /upper/files /upper/work
mount -t overlay overlay -o lowerdir=/lower,upperdir=/upper/files,workdir=/upper/work /new || fail "no overlay"
mkdir -p /new/proc /new/sys /new/dev /new/run /new/tmp
${shares.map(mountShare).join('\n')}
cat > /new/vm-job <<'JOB'
#!/bin/sh
echo '${firstLine}'
${run.map(quoted).join(' ')}
${lastLine}
JOB
chmod 755 /new/vm-job
ip link set lo up
${init === 'none' ? runAlone : handOver}
`
}

/** Memory in place of what this machine has there: its sockets and temporary files are none of the guest's business. A share may lie below. */
const runAlone = `mount --move /proc /new/proc; mount --move /sys /new/sys; mount --move /dev /new/dev
mount -t configfs configfs /new/sys/kernel/config; mount -t debugfs debugfs /new/sys/kernel/debug
mkdir -p /new/dev/shm; mount -t tmpfs tmpfs /new/dev/shm
chroot /new /usr/bin/env -i PATH=${path} HOME=/root LC_ALL=C.UTF-8 /vm-job
poweroff -f`

const handOver = `units=/new/etc/systemd/system
mkdir -p $units/multi-user.target.wants
ln -sf /dev/null $units/serial-getty@ttyS0.service
cat > $units/vm-job.service <<'UNIT'
[Unit]
Description=What this virtual machine was started for
[Service]
StandardOutput=tty
StandardError=tty
TTYPath=/dev/ttyS0
Environment=HOME=/root LC_ALL=C.UTF-8 PATH=${path}
ExecStart=/vm-job
ExecStopPost=/bin/sh -c 'sync; systemctl poweroff --force --force'
UNIT
ln -sf ../vm-job.service $units/multi-user.target.wants/vm-job.service
head -c 16 /dev/urandom | od -An -tx1 | tr -d ' \\n' > /new/etc/machine-id
mount --move /proc /new/proc; mount --move /sys /new/sys; mount --move /dev /new/dev
exec switch_root /new /sbin/init`

const mountShare = ({ at, writable }: Share, index: number): string =>
  `mkdir -p ${quoted(`/new${at}`)}; mount -t 9p -o ${writable ? 'rw' : 'ro'},${p9} ${tagOf(index)} ${quoted(`/new${at}`)} || fail ${quoted(`no ${at}`)}`

const quoted = (word: string): string => `'${word.replaceAll("'", `'\\''`)}'`
