// SPDX-License-Identifier: Apache-2.0
#include "ldir/core/page.h"

#include <fmt/format.h>

namespace ldir::core {
namespace {

/// Bytes of the plain text for browsers without scripts.
constexpr std::size_t kMostPlain = 256 * 1024;

// Few real servers have a row each. Of many, those that need attention or have changed lately have a row, and the others
// are chips: three hundred of them fit on a screen.
constexpr std::string_view kScript = R"js(
const kRowsForAll = 12, kMostRows = 40, kMostChips = 2000, kLately = 3600, kMostNews = 25;

upbeat.start((status, ui) => {
  const seconds = text => Date.parse(text) / 1000;
  const now = seconds(status.time);
  const number = n => n.toLocaleString('en');
  const kinds = {up: 'good', down: 'bad', maintenance: 'warn', unknown: 'calm', on: 'warn', off: 'calm'};
  const turns = {
    up: ['came up', 'good'], down: ['went down', 'bad'], maintenance: ['into maintenance', 'warn'],
    back: ['back from maintenance', 'calm'], weight: ['got another weight', 'calm'],
  };
  const turned = turn => turns[turn] || [turn, 'calm'];
  const text = (...parts) => {
    const node = document.createElement('span');
    node.append(...parts);
    return node;
  };
  const millis = ms => ms >= 100 ? ui.duration(ms / 1000) : ms >= 9.95 ? Math.round(ms) + ' ms' : ms.toFixed(1) + ' ms';

  const services = status.services.map(service => {
    const reals = service.entries.filter(e => e.role === 'real');
    const count = state => reals.filter(e => e.state === state).length;
    const fallback = service.entries.find(e => e.role === 'fallback');
    return {...service, reals, fallback, up: count('up'), down: count('down'), resting: count('maintenance'),
      unknown: count('unknown'), onFallback: Boolean(fallback) && fallback.state === 'on'};
  });
  const sum = pick => services.reduce((total, service) => total + pick(service), 0);
  const total = sum(s => s.reals.length), up = sum(s => s.up), down = sum(s => s.down), resting = sum(s => s.resting);
  const missing = services.filter(s => !s.in_kernel), empty = services.filter(s => s.without_reals),
    refused = services.filter(s => s.error);

  const names = list => list.slice(0, 3).map(s => s.service).join(', ') + (list.length > 3 ? ' and ' + (list.length - 3) + ' more' : '');
  let state = 'good', headline;
  if (status.phase === 'stopping') [state, headline] = ['warn', 'ldirectord is stopping.'];
  else if (missing.length && status.phase !== 'starting')
    [state, headline] = ['bad', 'Not in the kernel\u2019s table: ' + names(missing) + '.'];
  else if (empty.length)
    [state, headline] = ['bad', 'No real server is left for ' + names(empty) +
      (empty.every(s => s.onFallback) ? ': the fallback answers.' : '.')];
  else if (refused.length) [state, headline] = ['bad', 'The kernel refuses a change of ' + names(refused) + '.'];
  else if (status.phase === 'starting') [state, headline] = ['warn', 'Starting: the first checks are under way.'];
  else if (down) [state, headline] = ['warn', `${number(down)} of ${ui.plural(total, 'real server')} ${down === 1 ? 'is' : 'are'} down.`];
  else if (sum(s => s.unknown)) [state, headline] = ['warn', ui.plural(sum(s => s.unknown), 'real server') + ' not judged yet.'];
  else if (total === 0) [state, headline] = ['warn', 'No real server is configured.'];
  else if (resting)
    headline = `All real servers are up but for ${number(resting)} in maintenance.`;
  else headline = total === 1 ? 'The real server is up.' : `All ${number(total)} real servers are up.`;

  // What a row says.
  const restingSince = e => e.timeline.findLast(t => t.turn === 'maintenance');
  const since = e => {
    const at = (e.state === 'maintenance' && restingSince(e) || {at: e.since}).at;
    return at ? ui.ago(seconds(at)) : null;
  };
  const last = e => !e.last ? null :
    e.last.passed ? `last check passed in ${millis(e.last.ms)}: ${e.last.detail}` : `last check failed: ${e.last.detail}`;
  const rule = e => e.reason.split('; last check ')[0];
  const weight = e => e.weight === null ? 'not in the table' : 'weight ' + e.weight;
  const connections = e => e.connections === null ? null :
    ui.plural(e.connections, 'connection') + (e.limit === null ? '' : ` of at most ${e.limit}`);
  const full = e => e.limit !== null && e.connections !== null && e.connections >= e.limit;
  const lastTurns = e => e.timeline.slice(-4).reverse().map(t => text(ui.text(turned(t.turn)[0], 'dim'), ' ', ui.ago(seconds(t.at))));
  const row = e => [
    ui.lines(ui.text(e.name, 'mono'), ui.text(e.role === 'real' ? e.method : e.role + ', ' + e.method, 'dim')),
    ui.lines(ui.badge(e.state, kinds[e.state]), full(e) ? ui.badge('full', 'warn') : null, since(e)),
    ui.lines(weight(e), connections(e) && ui.text(connections(e), 'dim')),
    ui.lines(rule(e), last(e) && ui.text(last(e), 'dim')),
    e.timeline.length ? ui.lines(lastTurns(e)) : null,
  ];
  const headings = ['Real server', 'State', 'In the table', 'Why', 'Last turns'];
  const chip = e => ({text: e.name, kind: kinds[e.state], title: [
    `${e.name}: ${e.state}${e.since ? ' since ' + new Date(e.since).toLocaleString() : ''}`, weight(e), connections(e), e.reason,
    ...e.timeline.slice().reverse().map(t => `${new Date(t.at).toLocaleString()} ${turned(t.turn)[0]}: ${t.reason}`),
  ].filter(line => line).join('\n')});

  const order = {down: 0, unknown: 1, maintenance: 2};
  const recent = e => e.timeline.length > 1 && now - seconds(e.timeline[e.timeline.length - 1].at) < kLately;
  const urgent = e => e.state in order || recent(e) || full(e) || e.role === 'foreign';
  const byNeed = (a, b) => (order[a.state] ?? 3) - (order[b.state] ?? 3);

  const show = service => {
    const others = service.entries.filter(e => e.role !== 'real' && (e.state === 'on' || e.role === 'foreign'));
    const reals = service.reals.slice().sort(byNeed);
    const rows = reals.length <= kRowsForAll ? reals : reals.filter(urgent).slice(0, kMostRows);
    const shown = new Set(rows), rest = service.reals.filter(e => !shown.has(e));
    const checks = service.checks.map(c => `${c.service || c.checktype}: ${number(c.passed)} passed` +
      (c.mean_ms === null ? '' : ` in ${millis(c.mean_ms)} on average`) + `, ${number(c.failed)} failed`);
    const remark = [
      `${service.scheduler}${service.persistent ? ', persistent ' + service.persistent + ' s' : ''}`,
      `${number(service.up)} of ${number(service.reals.length)} up` + (service.resting ? `, ${number(service.resting)} in maintenance` : ''),
      service.fallback ? `fallback ${service.fallback.name}` + (service.onFallback ? ' in use' : '') : 'no fallback',
      ...checks.map(c => 'checks ' + c),
      service.drift_repairs ? ui.plural(service.drift_repairs, 'repair') + ' after changes from outside' : null,
    ].filter(part => part).join(' \u00b7 ');
    const parts = [];
    if (!service.in_kernel) parts.push(ui.badge('not in the kernel\u2019s table', 'bad'));
    if (service.error) parts.push(text(ui.badge('refused', 'bad'), ' ', ui.text(service.error, 'dim')));
    if (rows.length + others.length || !rest.length) parts.push(ui.table(headings, [...others, ...rows].map(row), 'No real server.'));
    if (rest.length) parts.push(ui.chips(rest.slice(0, kMostChips).map(chip),
      rest.length > kMostChips ? `and ${number(rest.length - kMostChips)} more` : ''));
    return ui.section(service.service, remark, ...parts);
  };

  // That a server came up when ldirectord started is no news.
  const news = [];
  for (const service of services)
    for (const e of service.reals)
      for (const [i, t] of e.timeline.entries())
        if (i > 0 || t.turn !== 'up') news.push({at: seconds(t.at), kind: turned(t.turn)[1], title: `${e.name} ${turned(t.turn)[0]}`,
          detail: [service.service, t.reason].filter(part => part).join(' \u00b7 ')});
  news.sort((a, b) => b.at - a.at);

  const troubled = s => !s.in_kernel || s.error ? 0 : s.without_reals ? 1 : s.down ? 2 : 3;
  const failed = sum(s => s.checks.reduce((n, c) => n + c.failed, 0)), passed = sum(s => s.checks.reduce((n, c) => n + c.passed, 0));
  return {
    name: 'ldirectord on ' + status.host, state, headline, now,
    parts: [
      ui.tiles([
        ui.tile(number(up), `of ${ui.plural(total, 'server')} up`, up === total ? 'good' : 'calm'),
        ui.tile(number(down), 'down', down ? 'bad' : 'calm'),
        ui.tile(number(resting), 'in maintenance', resting ? 'warn' : 'calm'),
        ui.tile(number(services.length), services.length === 1 ? 'virtual service' : 'virtual services', missing.length ? 'bad' : 'calm'),
        ui.tile(number(passed + failed), 'checks made', 'calm'),
        ui.tile(number(failed), 'of them failed', 'calm'),
      ]),
      ...services.slice().sort((a, b) => troubled(a) - troubled(b)).map(show),
      ui.section('Last transitions', null, ui.timeline(news.slice(0, kMostNews), 'No real server has changed since the start.')),
      ui.section('The daemon', null, ui.table(['Configuration', 'Phase', 'Process', 'Reloads', 'Mails'], [[
        ui.text(status.config, 'mono'), status.phase, String(status.pid),
        status.reloads + (status.reloads_refused ? `, ${status.reloads_refused} refused` : ''),
        status.mails_sent + ' sent' + (status.mails_not_sent ? `, ${status.mails_not_sent} not` : '')]])),
    ],
  };
});
)js";

}  // namespace

base::StatusPage page(const Status& status) {
  auto plain = status_text(status, true);
  if (plain.size() > kMostPlain) plain.resize(plain.rfind('\n', kMostPlain) + 1), plain += "...\n";
  return base::status_page(fmt::format("ldirectord on {}", status.host), kScript, plain);
}

}  // namespace ldir::core
