// SPDX-License-Identifier: Apache-2.0
// checktype=external: a program of the operator, called with virtual address, virtual port, real address, real port.
// Exit code 0 is up. Ended by a signal is down (the original takes it for up).
#include <fmt/format.h>

#include "base/text.h"
#include "ldir/probe/run.h"

namespace ldir::probe {
namespace {

class CommandRun final : public Run {
 public:
  using Run::Run;

 private:
  void begin() override {
    set_deadline(base::kNever);  // the runner keeps the time, and ends the program too
    io::ProcessSpec program;
    if (spec_.type == model::CheckType::external_perl) program.argv.push_back("perl");
    program.argv.push_back(spec_.command);
    for (const auto& argument : spec_.external_args) program.argv.push_back(argument);
    program.cwd = "/";
    program.max_output = 4096;
    program.limit = timeout_;
    program.grace = std::chrono::seconds(1);
    id_ = tools_.programs.start(std::move(program), [weak = weak_from_this(), this](const io::ProcessResult& result) {
      if (auto self = weak.lock()) judge(result);
    });
  }

  void release() override { tools_.programs.stop(id_); }

  void judge(const io::ProcessResult& result) {
    id_ = 0;
    auto said = base::printable(base::trim(std::string_view(result.output).substr(0, result.output.find('\n'))), 120);
    auto detail = result.str() + (said.empty() ? "" : ": " + said);
    if (result.ok()) return finish(check::passed(detail));
    finish(check::failed(check::Layer::application, fmt::format("{} {}", spec_.command, detail)));
  }

  io::ProcessRunner::Id id_ = 0;
};

}  // namespace

std::shared_ptr<Run> make_command_run(Tools& tools, const model::CheckSpec& spec, std::chrono::seconds timeout,
                                      Run::Done done) {
  return std::make_shared<CommandRun>(tools, spec, timeout, std::move(done));
}

}  // namespace ldir::probe
