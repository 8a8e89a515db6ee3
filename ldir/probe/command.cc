// SPDX-License-Identifier: Apache-2.0
// checktype=external: a program of the operator, called with virtual address, virtual port, real address,
// real port. Exit code 0 is up. Ended by a signal is down (the original takes it for up). service=oracle:
// Oracle's own client program, which asks `request`.
#include <fmt/format.h>

#include "ldir/check/programs.h"
#include "ldir/probe/run.h"

extern char** environ;

namespace ldir::probe {
namespace {

class ProgramRun : public Run {
 public:
  using Run::Run;

 protected:
  virtual io::ProcessSpec program() const = 0;
  virtual void judge(const io::ProcessResult& result) = 0;

 private:
  void begin() override {
    set_deadline(base::kNever);  // the runner keeps the time, and ends the program too
    auto spec = program();
    spec.cwd = "/";
    spec.max_output = 4096;
    spec.limit = timeout_;
    spec.grace = std::chrono::seconds(1);
    id_ = tools_.programs.start(std::move(spec),
                                [weak = weak_from_this(), this](const io::ProcessResult& result) {
                                  auto self = weak.lock();
                                  if (!self) return;
                                  id_ = 0;
                                  if (!is_over()) judge(result);
                                });
  }
  void release() override { tools_.programs.stop(id_); }

  io::ProcessRunner::Id id_ = 0;
};

class ExternalRun final : public ProgramRun {
 public:
  using ProgramRun::ProgramRun;

 private:
  io::ProcessSpec program() const override {
    io::ProcessSpec program;
    program.argv.push_back(spec_.command);
    for (const auto& argument : spec_.external_args) program.argv.push_back(argument);
    return program;
  }
  void judge(const io::ProcessResult& result) override {
    const auto said = check::first_line(result.output);
    const auto detail = result.str() + (said.empty() ? "" : ": " + said);
    if (result.ok()) return finish(check::passed(detail));
    finish(check::failed(check::Layer::application, fmt::format("{} {}", spec_.command, detail)));
  }
};

/// What stands between quotation marks in a line for sqlplus.
std::string in_quotes(const std::string& text) {
  std::string out(1, '"');
  for (const char c : text)
    if (c != '"' && static_cast<unsigned char>(c) >= 0x20) out += c;
  out += '"';
  return out;
}

class OracleRun final : public ProgramRun {
 public:
  using ProgramRun::ProgramRun;

 private:
  io::ProcessSpec program() const override {
    io::ProcessSpec program;
    program.argv = {"sqlplus", "-S", "-L", "/nolog"};
    // Password and query go in through stdin, where no list of processes shows them.
    auto query = spec_.request;
    std::erase_if(query, [](char c) { return static_cast<unsigned char>(c) < 0x20; });
    if (!query.ends_with(';')) query += ';';
    program.input = fmt::format(
        "whenever oserror exit 9\nwhenever sqlerror exit 8\nset feedback 1\nset define off\n"
        "connect "
        "{}/{}@(DESCRIPTION=(ADDRESS=(PROTOCOL=TCP)(HOST={})(PORT={}))(CONNECT_DATA=(SID={})))\n{}\nexit 0\n",
        in_quotes(spec_.login), in_quotes(spec_.passwd), spec_.address.str(), spec_.port,
        in_quotes(spec_.database), query);
    program.env.emplace();
    for (char** e = environ; *e; ++e)
      if (!std::string_view(*e).starts_with("NLS_LANG=")) program.env->push_back(*e);
    program.env->push_back("NLS_LANG=AMERICAN_AMERICA.AL32UTF8");  // the words that judge() looks for
    return program;
  }
  void judge(const io::ProcessResult& result) override {
    finish(check::judge_sqlplus(result.output, result.ok() ? "" : result.str(), result.truncated));
  }
};

class NoRun final : public Run {
 public:
  using Run::Run;

 private:
  void begin() override {
    finish(check::failed(check::Layer::none, "login and request must be set for this service"));
  }
  void release() override {}
};

}  // namespace

std::shared_ptr<Run> make_command_run(Tools& tools, const model::CheckSpec& spec,
                                      std::chrono::seconds timeout, Run::Done done) {
  if (spec.type == model::CheckType::external_perl)
    return make_perl_run(tools, spec, timeout, std::move(done));
  if (spec.type == model::CheckType::external)
    return std::make_shared<ExternalRun>(tools, spec, timeout, std::move(done));
  if (spec.login.empty() || spec.request.empty())
    return std::make_shared<NoRun>(tools, spec, timeout, std::move(done));
  return std::make_shared<OracleRun>(tools, spec, timeout, std::move(done));
}

}  // namespace ldir::probe
