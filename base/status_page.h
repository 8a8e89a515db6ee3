// SPDX-License-Identifier: Apache-2.0
// The status page that both daemons serve: one self-contained HTML page that loads nothing but status.json from where
// it came itself, and draws it anew whenever that changes. Pure: text in, text out. What a daemon adds is a script that
// turns its status.json into parts; the look, the refreshing and the escaping are here.
//
// The daemon's script calls, once:
//
//   upbeat.start(function (status, ui) {             // status: the parsed status.json; called every two seconds
//     return {
//       name: 'alice',                               // whose page this is; also in the window's title
//       state: 'good',                               // or 'warn', 'bad': the colour of the headline
//       headline: 'Both nodes are up.',              // one sentence that answers "is all well?"
//       now: 1700000000.5,                           // the daemon's clock, seconds since 1970: what ages count from
//       parts: [                                     // in this order
//         ui.tiles([ui.tile('2 of 2', 'nodes up', 'good'), ...]),
//         ui.section('Groups', 'a remark or null', ui.table(['Group', 'State'], [['10.0.0.1', ui.badge('held', 'good')]])),
//         ui.section('Last transitions', null, ui.timeline([{at: 1700000000, kind: 'good', title: '...', detail: '...'}])),
//       ],
//     };
//   });
//
// Cells, titles and details are strings (shown as text, never as markup) or what ui.* returns:
//   ui.badge(word, kind)      kind: good warn bad calm
//   ui.text(string, style)    style: strong dim mono
//   ui.lines(cell, cell...)   one below the other; null ones are left out
//   ui.row(cell, cell...)     one beside the other
//   ui.ago(seconds)           "3 min ago", kept up to date; the date as a tooltip
//   ui.duration(seconds)      "1.2 s" (a string)
//   ui.table(headings, rows, emptyText)      rows become cards on a narrow screen
//   ui.chips(items, after)    many small words side by side: {text: '10.0.0.2:80', kind: 'good', title: 'a tooltip'}
//   ui.timeline(items, emptyText)            newest first, as given
//   ui.plural(2, 'node')      "2 nodes" (a string)
#pragma once

#include <string>
#include <string_view>

namespace base {

struct StatusPage {
  std::string html;
  /// The Content-Security-Policy to send with it: nothing but this very script and style runs, nothing is loaded from
  /// elsewhere, nobody frames it.
  std::string policy;
};

/// `title`: what the window is called before the first answer, such as "heartbeat on alice". `script`: see above; a
/// constant of ours, never made from data. `plain`: the status as text, for browsers without scripts (which then load
/// the page anew every five seconds).
StatusPage status_page(std::string_view title, std::string_view script, std::string_view plain);

}  // namespace base
