// SPDX-License-Identifier: Apache-2.0
// What hbd adds to the status page: how its status.json becomes parts. base/status_page.h says what it stands on.
#include <fmt/format.h>

#include "hbd/api/status.h"

namespace hbd::api {
namespace {

constexpr std::string_view kScript = R"js(
upbeat.start((status, ui) => {
  const nodes = status.nodes.filter(n => n.type !== 'ping'), pings = status.nodes.filter(n => n.type === 'ping');
  const up = n => n.status === 'active' || n.status === 'ping';
  const dead = nodes.filter(n => n.status === 'dead'), deaf = pings.filter(n => n.status === 'dead');
  const groups = status.groups, homeless = groups.filter(g => g.holder === null);
  const failed = groups.filter(g => g.state === 'failed'), moving = groups.filter(g => g.state === 'starting' || g.state === 'stopping');
  const restless = moving.filter(g => g.holder !== null);
  const away = groups.filter(g => g.holder !== null && g.holder !== g.preferred);
  const every = status.nodes.filter(n => n.name !== status.node).flatMap(n => n.links);
  const links = status.nodes.filter(n => n.name !== status.node && n.status !== 'dead').flatMap(n => n.links.map(l => ({...l, node: n.name})));
  const down = links.filter(l => l.status === 'dead'), broken = (nodes.find(n => n.name === status.node) || {links: []}).links.filter(l => l.status === 'dead');
  const differ = nodes.filter(n => n.files_differ);
  const plural = (list, word) => word + (list.length > 1 ? 's ' : ' ') + names(list) + (list.length > 1 ? ' are' : ' is');
  const names = list => list.map(one => one.name || one.group).join(', ');

  const worries = [
    failed.length > 0 && ['bad', 'Could not be started here: ' + names(failed) + '.'],
    homeless.length > 0 && [moving.length > 0 ? 'warn' : 'bad', 'Nobody holds ' + names(homeless) + (moving.length > 0 ? ' yet.' : '.')],
    dead.length > 0 && ['warn', plural(dead, 'Node') + ' dead.'],
    differ.length > 0 && ['bad', 'Files differ: haresources or ha.cf of ' + names(differ) + ' is not as ours.'],
    down.length > 0 && ['warn', ui.plural(down.length, 'link') + (down.length > 1 ? ' are' : ' is') + ' dead: ' + down.map(l => l.node + ' on ' + l.name).join(', ') + '.'],
    broken.length > 0 && ['bad', 'Own medium does not work: ' + names(broken) + '.'],
    deaf.length > 0 && ['warn', 'No answer from ping node ' + names(deaf) + '.'],
    restless.length > 0 && ['warn', 'On the move: ' + names(restless) + '.'],
    status.status !== 'active' && ['warn', 'This node is ' + status.status + '.'],
  ].filter(Boolean);
  const state = worries.some(w => w[0] === 'bad') ? 'bad' : worries.length > 0 ? 'warn' : 'good';
  const calm = nodes.length === 2 ? 'Both nodes are up' : nodes.length === 1 ? 'This node is up' : 'All ' + nodes.length + ' nodes are up';
  const headline = worries.length > 0 ? worries.map(w => w[1]).join(' ') :
    calm + (groups.length === 0 ? '.' : ', every group is held' + (away.length > 0 ? ', ' + away.length + ' away from home.' : '.'));

  const stateBadge = word => ui.badge(word, {active: 'good', up: 'good', ping: 'good', held: 'good', dead: 'bad', failed: 'bad',
    released: 'calm'}[word] || 'warn');
  const number = n => n.toLocaleString('en');
  const count = (n, l) => n.name === status.node ? null :
    ui.text(number(l.received) + ' packets' + (l.late > 0 ? ', ' + number(l.late) + ' late' : '') + (l.lost > 0 ? ', ' + number(l.lost) + ' lost' : ''), 'dim');
  const linkCell = n => ui.lines(n.links.map(l => ui.row(ui.badge(l.name + ' ' + l.status, l.status === 'up' ? 'good' : 'bad'), count(n, l))));
  const holding = n => groups.filter(g => g.holder === n.name).length;
  const holds = n => holding(n) === 0 ? 'holds nothing' : 'holds ' + ui.plural(holding(n), 'group');
  return {
    name: 'heartbeat on ' + status.node,
    state, headline, now: status.time,
    parts: [
      ui.tiles([
        ui.tile((nodes.length - dead.length) + ' of ' + nodes.length, 'nodes alive', dead.length > 0 ? 'bad' : 'good'),
        ui.tile((groups.length - homeless.length) + ' of ' + groups.length, 'groups held', homeless.length > 0 ? 'bad' : 'good'),
        ui.tile(every.filter(l => l.status === 'up').length + ' of ' + every.length, 'links up', every.some(l => l.status === 'dead') ? 'warn' : 'good'),
        ui.tile(number(holding({name: status.node})), 'held by this node', 'calm'),
      ]),
      ui.section('Resource groups', null, ui.table(['Group', 'Held by', 'On this node', 'Why'], groups.map(g => [
        ui.lines(ui.text(g.group, 'strong'), ui.text('belongs to ' + g.preferred, 'dim')),
        g.holder === null ? ui.badge('nobody', 'bad') : ui.badge(g.holder, g.holder === g.preferred ? 'good' : 'warn'),
        ui.lines(stateBadge(g.state), g.since === null ? null : ui.ago(g.since)),
        ui.lines(ui.text(g.reason), ui.text(g.moves, 'dim')),
      ]), 'haresources names none.')),
      ui.section('Nodes', null, ui.table(['Node', 'Status', 'Links'], status.nodes.map(n => [
        ui.lines(ui.text(n.name, 'strong'), ui.text(n.name === status.node ? 'this node' : n.type === 'ping' ? 'ping node' : holds(n), 'dim')),
        ui.lines(stateBadge(n.status), n.files_differ ? ui.badge('files differ', 'bad') : null),
        linkCell(n),
      ]))),
      ui.section('Last transitions', null, ui.timeline(status.timeline.map(m => ({at: m.at, kind: m.kind, title: m.what, detail: m.why})))),
      ui.section('This daemon', null, ui.table(['Version', 'Generation', 'Running since', 'Packets ignored', 'Log lines dropped'], [[
        status.version, String(status.generation), status.started === null ? '' : ui.ago(status.started), number(status.ignored_packets),
        number(status.log_lines_dropped)]])),
    ],
  };
});
)js";

}  // namespace

base::StatusPage page(const View& view) {
  return base::status_page("heartbeat on " + view.cluster.self, kScript, status_text(view));
}

}  // namespace hbd::api
