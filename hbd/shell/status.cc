// SPDX-License-Identifier: Apache-2.0
#include "hbd/shell/status.h"

#include "base/openmetrics.h"
#include "hbd/api/status.h"

namespace hbd::shell {

Status::Status(io::Context& context, const model::Cluster& cluster, Driver& driver)
    : cluster_(cluster), driver_(driver), server_(context, [this](std::string_view path) { return reply(path); }) {}

void Status::serve(std::vector<io::Fd> listening) {
  for (auto& socket : listening) server_.serve(std::move(socket));
}

std::optional<io::HttpReply> Status::reply(std::string_view path) const {
  if (path != "/" && path != "/metrics" && path != "/status.json") return std::nullopt;
  const auto snapshot = driver_.snapshot();
  api::View view{snapshot, cluster_, driver_.record(), driver_.process()};
  const auto& counts = server_.counts();
  view.process.answered = counts.answered;
  view.process.refused = counts.refused;
  view.process.cut = counts.cut;
  if (path == "/metrics") return io::HttpReply{std::string(base::OpenMetrics::kContentType), api::metrics(view), {}};
  if (path == "/status.json") return io::HttpReply{"application/json", api::status_json(view), {}};
  auto page = api::page(view);
  return io::HttpReply{"text/html; charset=utf-8", std::move(page.html), {{"Content-Security-Policy", std::move(page.policy)}}};
}

}  // namespace hbd::shell
