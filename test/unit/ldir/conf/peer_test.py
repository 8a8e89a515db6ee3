#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The Perl ldirectord of this machine and ours read the same files: what it accepts we accept and mean the same,
and what it refuses we refuse, or say a word about. Skipped (77) where it is not installed.

usage: peer_test.py OUR_DUMP CORPUS_DIR [FILES_TO_MAKE [SEED]]"""
import os
import pathlib
import random
import re
import subprocess
import sys
import tempfile

PEER = '/usr/sbin/ldirectord'
HERE = pathlib.Path(__file__).parent


def split(text):
    out, name = {}, None
    for line in text.split('\n'):
        if line.startswith('FILE '):
            name = line[5:]
            out[name] = []
        elif line:
            out[name].append(line)
    return out


# What we derive from the peer's reading on purpose, as the table in ldirectord.cf(5) says.
def as_ours(lines):
    out, places, port, mark, udp = [], {}, '0', False, False
    for line in lines:
        if line[0] == 'V':
            head, rest = line[2:].split(' | ', 1)
            mark, udp, places = head.startswith('-f'), head.startswith('-u'), {}
            port = '0' if mark else re.match(r'-. \S+:(\d+)', head)[1]
            ops = ' -o' if ' -o ' in head + ' ' else ''
            head = re.sub(r' -o\b', '', head).strip().replace(' -p 0', '')
            head = re.sub(r' -b (\S+)', lambda m: ' -b %d' % sum({'flag-1': 8, 'flag-2': 16}[f] for f in m[1].split(',')) + ops, head) \
                if ' -b ' in head else head + ops
            rest = rest.replace('| "" |', '|  |', 1)
            line = f'V {head} | {rest}'
        if line[0] == 'F':
            server, number, method = re.match(r'F (.*):(\d+) (\w+)$', line).groups()
            line = f'F {server}:{number if mark or method == "masq" else port} {method}'
        if line[0] == 'R':
            dest, kind, request, receive, host, method, login, passwd, db, secret, command, numbers = line[2:].split(' | ')
            server, number, forward, tail = re.match(r'(.*):(\d+) (\w+) (.*)$', dest).groups()
            number = number if mark or forward == 'masq' else port
            check, connects, service = kind.split(' ')
            ct, nt, tries, to = numbers.split(' ')
            negotiates = check in ('negotiate', 'combined')
            pings = check == 'ping' or check == 'connect' and udp
            tries = tries if pings else '1'
            if not negotiates:
                service, request, receive, host, method, login, passwd, db, secret = 'none', '', '', '', 'GET', '', '', '', ''
            elif service == 'none':
                request = receive = ''
            if service not in ('http', 'https', 'ftp'):
                request = request.removeprefix('/')
            if service == 'ftp':
                login, passwd = login or 'anonymous', passwd or 'ldirectord@HOST'
            if service == 'sip':
                login = login or 'ldirectord@HOST'
            command = command.strip() if check.startswith('external') else '/bin/true'
            if not negotiates and (check != 'connect' or pings):
                to = '0'
            elif to == '0':
                to = port
            line = (f'R {server}:{number} {forward} {tail} | {check} {connects} {service} | {request} | {receive} | '
                    f'{host.strip()} | {method} | {login} | {passwd} | {db} | {secret} | {command} | {ct} {nt} {tries} {to}')
            if (server, number) in places:
                out[places[server, number]] = None
            places[server, number] = len(out)
        out.append(line)
    return [' '.join(x.split()) for x in out if x is not None]


def make(folder, count, seed):
    r = random.Random(seed)
    number = ['1', '3', '10', '600', '1.5', '-5', 'abc7', '3 # x', ' 4', '5 ', '0', '', 'x', '2\t# y']
    yes = ['yes', 'no', 'yes ', 'Yes', 'yes# c', 'yes # c', 'true', '']
    text = ['"abc"', '"/abc"', '"a b"', '"a"b"', '""', 'abc', '"abc" # c', '"abc', '"abc" junk', '"a\tb"', ' "abc"', '"abc"  ',
            '"a\\.b"', '"(?i)x"', '"abc" "def"']
    after = [''] * 4 + [' 2', ' 0', ' 5 "a", "b"', ' "a","b"', ' "a" "b"', ' "a" , "b"', ' "a"', ' l:1 u:2', ' 3 l:1 u:2', ' -w 4',
                        ' 1.5', ' 5x', ' 5 junk', '  7  ', ' "", ""', ' "a b", "c d" l:3 u:4', ' junk',
                        ' 4 "a"b", "c"', ' u:7', '\t2']
    fallback = ['127.0.0.1:80', '127.0.0.1', '127.0.0.1:80 gate', '127.0.0.1 masq', '127.0.0.1:80 gate 1', '127.0.0.1:80 x', '',
                '127.0.0.2:81 ipip ', '127.0.0.1:80 # x', '127.0.0.1:80  gate']
    both = {'checktimeout': number, 'negotiatetimeout': number, 'checkinterval': number, 'checkcount': number,
            'failurecount': number, 'quiescent': yes, 'cleanstop': yes, 'fallback': fallback, 'fallbackcommand': text,
            'emailalert': ['a@b', '"a@b"', '"a@b', ''], 'emailalertfreq': number,
            'emailalertstatus': ['all', 'none', 'running, stopping', 'all,none', 'x', 'starting,', 'all '],
            'smtp': ['mx', 'mx x', '', ';']}
    globals_ = {**both, 'autoreload': yes, 'fork': yes, 'readdquiescent': yes, 'supervised': yes, 'callback': text,
                'logfile': ['"/nowhere/log"', '"local0"', 'local0', '"local0" # c', '"local0'], 'execute': ['a.cf', 'b.cf'],
                'emailalertfrom': ['a@b', '', 'a b'], 'maintenancedir': ['/tmp', '']}
    section = {**both, 'ops': yes, 'request': text, 'receive': text, 'login': text, 'passwd': text, 'database': text,
               'secret': text, 'load': text, 'checkcommand': text, 'autoreload': yes, 'foo': number,
               'virtualhost': ['www.x', '"www.x"', '"www.x', 'www.x ', '"www.x" junk', '', 'a b', 'x"y'],
               'checktype': ['connect', 'negotiate', 'ping', 'off', 'on', 'external', 'external-perl', '5', '0', '-3', 'connect5',
                             '"connect"', 'connect # x', 'negotiate ', 'maybe', ''],
               'service': ['http', 'https', 'ftp', 'sip', 'dns', 'none', 'http_proxy', 'simpletcp', 'ldap', 'mysql', 'smtp', 'ssh',
                           'http ', '"http"', 'http-x', 'HTTP', 'pop', 'radius', ''],
               'checkport': ['80', '0', '65535', '65536', '8a', 'x', '443 # c'],
               'scheduler': ['rr', 'wlc', 'wlc # c', 'lc //x', 'RR', 'sh', 'wrr ', ''], 'schedflags': ['flag-1', 'flag-1,flag-2', ''],
               'persistent': ['600', '0', '', 'x', '60 # c'], 'netmask': ['255.255.255.0', '24', '255.255.255.0 ', '1.2.3'],
               'protocol': ['tcp', 'udp', 'fwm', 'udp # c', 'TCP', 'tcp ', ''], 'servicename': ['a b', ''], 'comment': ['a b', ''],
               'httpmethod': ['GET', 'head', 'POST', 'Get ', '"HEAD"'], 'monitorfile': [f'{folder}/monitor', f'"{folder}/monitor"', '']}
    pick = lambda values: r.choice(values[:2]) if r.random() < 0.6 else r.choice(values)  # the first ones are right
    blanks = ['\t'] * 8 + ['    ', '        ', '  ', '     ', '\t\t', ' \t']
    for i in range(count):
        easy, lines = r.random() < 0.8, []
        equals = (lambda: '=') if easy else (lambda: r.choice(['=', ' = ', '= ', ' =']))
        indent = (lambda: '\t') if easy else (lambda: r.choice(blanks))
        for _ in range(r.randint(0, 2)):
            key = r.choice(list(globals_))
            lines.append(key + equals() + pick(globals_[key]))
        for v in range(r.randint(1, 2)):
            port = r.choice(['80', '53', '21', '443', '5060', '99', '3306', '110', '389', '1812', '3128'])
            name = f'10.9.9.{100 + v}:{port}'
            lines.append('virtual' + equals() + (name if easy else r.choice([name, '5', '6 # c', name + ' # c', name + ' x', '[::1]:80'])))
            for _ in range(r.randint(1, 2)):
                lines.append(f'{indent()}real{equals()}10.9.9.{r.randint(2, 4)}{r.choice([":80", ":8080", ""])} '
                             f'{r.choice(["gate", "masq", "ipip"] if easy else ["gate", "Gate", "gates", "", "gate,"])}'
                             f'{r.choice(after) if r.random() < .4 else ""}')
            for _ in range(r.randint(0, 3)):
                key = r.choice(list(section))
                lines.append(indent() + key + equals() + pick(section[key]))
            lines += r.choice([[]] * 7 + [[''], ['    '], ['      '], ['# c']])
        body = '\n'.join(lines) + '\n'
        if r.random() < 0.02:
            body = body.replace('\n', '\r\n')
        (folder / f'{i:05}.cf').write_text(body, newline='')


def main():
    ours, corpus = sys.argv[1:3]
    count, seed = [int(x) for x in sys.argv[3:]] + [300, 1][len(sys.argv) - 3:]
    try:
        if b'perl' not in open(PEER, 'rb').readline():
            raise OSError
    except OSError:
        print(f'{PEER} is not the Perl program: skipped')
        sys.exit(77)
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        make(folder, count, seed)
        # These two name hosts or folders that only their publisher has.
        files = [str(p) for p in sorted(pathlib.Path(corpus).glob('*.txt')) if 'pcs-vip' not in p.name]
        files += [str(p) for p in sorted(folder.glob('*.cf'))]
        run = lambda *command: split(subprocess.run(command, capture_output=True, env={**os.environ, 'PEER': PEER, 'PERLIO': 'perlio'},
                                                    check=True).stdout.decode('latin1'))
        theirs, mine = run('perl', str(HERE / 'peer_reader.pl'), *files), run(ours, *files)
        failures = accepted = 0
        for file in files:
            them, us = theirs[file], mine[file]
            good, silent = us[-1:] == ['OK'], not any(x[0] in 'EW' for x in us)
            if them[-1:] == ['OK']:
                accepted += 1
                want, got = as_ours(them), [' '.join(x.split()) for x in us if x[0] not in 'EW']
                wrong = None if good and want == got else [x for x in us if x[0] == 'E'] if not good else \
                    [f'{a}   ours: {b}' for a, b in zip(want, got) if a != b] or [f'{len(want)} lines, ours {len(got)}']
            else:
                wrong = ['refused there, accepted here without a word'] if good and silent else None
            if wrong:
                failures += 1
                print(f'--- {file}\n{open(file, errors="replace").read()[:1500] if file.startswith(name) else ""}', *wrong, sep='\n')
        print(f'{len(files)} files, {accepted} accepted by both, {failures} differences')
        sys.exit(1 if failures or accepted < count // 5 else 0)


if __name__ == '__main__':
    main()
