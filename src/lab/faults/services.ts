import { readFileSync } from 'node:fs';
import { quoteWord } from '../../shell/quote.ts';
import { inHost } from '../host.ts';
import { labPaths } from '../labPaths.ts';
import { dockerdReady, sshdReady } from '../ready.ts';
import type { FaultTable, FaultTarget } from './fault.ts';

const START_SSHD = '/usr/local/lib/lab/start-sshd';
const START_DOCKERD = '/usr/local/lib/lab/start-dockerd';
/** pkill's exit code 1 says that there was nobody to kill. */
const KILL_SSHD = 'pkill -9 -x sshd || test $? = 1';

export const serviceFaults: FaultTable = {
  killsess: {
    does: 'kill every SSH session, not the listener',
    argument: null,
    inject: (target) => inside(target, "pkill -9 -f '^sshd: [^/]' || test $? = 1"),
  },
  killsshd: { does: 'kill sshd, listener and sessions', argument: null, inject: (target) => inside(target, KILL_SSHD) },
  startsshd: {
    does: 'start sshd again',
    argument: null,
    inject: async (target) => {
      await inside(target, START_SSHD);
      await sshdReady(target.host, target.signal);
    },
  },
  newhostkey: {
    does: 'give the host another host key than known_hosts has',
    argument: null,
    inject: async (target) => {
      const key = '/etc/ssh/ssh_host_ed25519_key';
      await restartSshd(target, `rm ${key} ${key}.pub; ssh-keygen -q -t ed25519 -N '' -f ${key}`);
    },
  },
  oldhostkey: {
    does: 'give the host back the key that known_hosts has',
    argument: null,
    inject: async (target) => {
      const kept = `${labPaths(target.lab.name).run}/${target.host.name}.key`;
      const write = ['', '.pub'].map((ending) => {
        const text = readFileSync(`${kept}${ending}`, 'utf8');
        return `cat > /etc/ssh/ssh_host_ed25519_key${ending} <<'KEY'\n${text}KEY\n`;
      });
      await restartSshd(target, write.join(''));
    },
  },
  noauth: {
    does: 'forget the authorized key',
    argument: null,
    inject: (target) => inside(target, 'mv /root/.ssh/authorized_keys /root/.ssh/authorized_keys.off'),
  },
  auth: {
    does: 'know the authorized key again',
    argument: null,
    inject: (target) => inside(target, 'mv /root/.ssh/authorized_keys.off /root/.ssh/authorized_keys'),
  },
  password: {
    does: 'let root log in by password too',
    argument: { name: 'PASSWORD', default: 'lab' },
    inject: (target) =>
      restartSshd(
        target,
        [
          `printf 'root:%s\\n' ${quoteWord(target.argument)} | chpasswd -c SHA512`,
          "sed -i 's/^PermitRootLogin .*/PermitRootLogin yes/' /etc/ssh/sshd_config",
        ].join('\n'),
      ),
  },
  nodocker: {
    does: 'stop dockerd',
    argument: null,
    inject: (target) =>
      inside(target, 'kill "$(cat /run/docker.pid)"; while [ -e /run/docker.pid ]; do sleep 0.05; done'),
  },
  killdocker: {
    does: 'kill dockerd: containers run on',
    argument: null,
    inject: (target) => inside(target, 'kill -9 "$(cat /run/docker.pid)"'),
  },
  startdocker: {
    does: 'start dockerd again',
    argument: null,
    inject: async (target) => {
      await inside(target, START_DOCKERD);
      await dockerdReady(target.lab, target.host, target.signal);
    },
  },
};

async function restartSshd(target: FaultTarget, before: string): Promise<void> {
  await inside(target, `${before}\n${KILL_SSHD}\n${START_SSHD}`);
  await sshdReady(target.host, target.signal);
}

async function inside({ lab, host, signal }: FaultTarget, script: string): Promise<void> {
  await inHost(lab, host, script, signal);
}
