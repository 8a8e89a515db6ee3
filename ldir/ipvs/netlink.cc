// SPDX-License-Identifier: Apache-2.0
#include "ldir/ipvs/netlink.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <linux/ip_vs.h>
#include <netlink/genl/ctrl.h>
#include <netlink/genl/genl.h>
#include <netlink/netlink.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/wait.h>

#include <cerrno>
#include <cstring>
#include <vector>

#include "ldir/ipvs/genl_codec.h"

namespace ldir::ipvs {

namespace {

constexpr int kVersion = 1;              // IPVS_GENL_VERSION
constexpr int kInterruptedReads = 5;     // a dump that a change has overtaken is started again this often
/// A dump comes in messages as long as the longest read so far, up to this (netlink_dump() in the kernel); with pages,
/// the usual length, a table of 10,000 entries takes a thousand system calls instead of sixty.
constexpr std::size_t kReadBytes = 32 * 1024;
constexpr int kBrokenSocket = -1;        // result of a transaction that says nothing about the kernel's answer

using Message = std::unique_ptr<nl_msg, decltype(&nlmsg_free)>;
using Payloads = std::vector<std::string>;

// What one exchange left behind.
struct Exchange {
  bool finished = false;
  bool interrupted = false;
  int error = 0;  // errno as the kernel said it
  Payloads* payloads = nullptr;
};

int on_valid(nl_msg* msg, void* arg) {
  auto& x = *static_cast<Exchange*>(arg);
  nlmsghdr* head = nlmsg_hdr(msg);
  if (head->nlmsg_flags & NLM_F_DUMP_INTR) x.interrupted = true;
  if (x.payloads && genlmsg_valid_hdr(head, 0)) {
    auto* genl = static_cast<genlmsghdr*>(nlmsg_data(head));
    x.payloads->emplace_back(reinterpret_cast<const char*>(genlmsg_attrdata(genl, 0)),
                             static_cast<std::size_t>(genlmsg_attrlen(genl, 0)));
  }
  return NL_OK;
}

int on_finish(nl_msg* msg, void* arg) {
  auto& x = *static_cast<Exchange*>(arg);
  if (nlmsg_hdr(msg)->nlmsg_flags & NLM_F_DUMP_INTR) x.interrupted = true;
  x.finished = true;
  return NL_STOP;
}

int on_ack(nl_msg*, void* arg) {
  static_cast<Exchange*>(arg)->finished = true;
  return NL_STOP;
}

int on_error(sockaddr_nl*, nlmsgerr* error, void* arg) {
  auto& x = *static_cast<Exchange*>(arg);
  x.error = -error->error;
  x.finished = true;
  return NL_STOP;
}

const char* because(const Op& op, int error) {
  const bool on_service = op.index() < 3;
  switch (error) {
    case ESRCH: return "the kernel has no such service";
    case EEXIST: return on_service ? "the service exists already" : "the destination exists already";
    case ENOENT:
      return on_service ? "the kernel has no such scheduler (is its module ip_vs_<name> installed?)"
                        : "the service has no such destination";
    case EPERM: return "not permitted (CAP_NET_ADMIN is needed)";
    case EINVAL: return "the kernel refuses these values";
    case ERANGE: return "a weight or threshold is out of range";
    default: return std::strerror(error);
  }
}

// As ipvsadm does; absence of the program or of the module shows when the family is looked up again.
void load_module() {
  const char* argv[] = {"modprobe", "-q", "--", "ip_vs", nullptr};
  char path[] = "PATH=/usr/sbin:/usr/bin:/sbin:/bin";
  char* env[] = {path, nullptr};
  posix_spawn_file_actions_t quiet;
  posix_spawn_file_actions_init(&quiet);
  posix_spawn_file_actions_addopen(&quiet, 2, "/dev/null", O_WRONLY, 0);
  pid_t pid = 0;
  if (posix_spawn(&pid, "/sbin/modprobe", &quiet, nullptr, const_cast<char**>(argv), env) == 0)
    while (waitpid(pid, nullptr, 0) < 0 && errno == EINTR) {
    }
  posix_spawn_file_actions_destroy(&quiet);
}

}  // namespace

struct Netlink::Socket {
  nl_sock* sock = nullptr;
  int family = 0;

  ~Socket() { nl_socket_free(sock); }

  // Sends `request` and collects the answer; 0, the kernel's errno, or kBrokenSocket with a sentence in `why`.
  int transact(const Request& request, int flags, Exchange& x, std::string& why) {
    Message msg(nlmsg_alloc_size(NLMSG_HDRLEN + GENL_HDRLEN + request.attributes.size() + 64), &nlmsg_free);
    if (!msg || !genlmsg_put(msg.get(), NL_AUTO_PORT, NL_AUTO_SEQ, family, 0, flags, request.command, kVersion) ||
        (!request.attributes.empty() &&
         nlmsg_append(msg.get(), const_cast<char*>(request.attributes.data()), request.attributes.size(), NLMSG_ALIGNTO) < 0))
      return why = "out of memory", kBrokenSocket;
    if (int e = nl_send_auto(sock, msg.get()); e < 0) return why = nl_geterror(e), kBrokenSocket;

    std::unique_ptr<nl_cb, decltype(&nl_cb_put)> cb(nl_cb_alloc(NL_CB_DEFAULT), &nl_cb_put);
    if (!cb) return why = "out of memory", kBrokenSocket;
    nl_cb_set(cb.get(), NL_CB_VALID, NL_CB_CUSTOM, on_valid, &x);
    nl_cb_set(cb.get(), NL_CB_FINISH, NL_CB_CUSTOM, on_finish, &x);
    nl_cb_set(cb.get(), NL_CB_ACK, NL_CB_CUSTOM, on_ack, &x);
    nl_cb_err(cb.get(), NL_CB_CUSTOM, on_error, &x);
    while (!x.finished) {
      const int e = nl_recvmsgs(sock, cb.get());
      if (e == -NLE_DUMP_INTR) x.interrupted = true;  // goes on: the rest of the dump must be drained
      else if (e < 0 && !x.finished) return why = nl_geterror(e), kBrokenSocket;
    }
    return x.error;
  }
};

Netlink::Netlink() = default;
Netlink::~Netlink() = default;

base::Result<void> Netlink::open() {
  if (socket_) return {};
  auto fresh = std::make_unique<Socket>();
  fresh->sock = nl_socket_alloc();
  if (!fresh->sock) return base::fail("out of memory for a netlink socket", ENOMEM);
  if (int e = genl_connect(fresh->sock); e < 0)
    return base::fail(fmt::format("can not open a generic netlink socket: {}", nl_geterror(e)), errno);
  nl_socket_set_msg_buf_size(fresh->sock, kReadBytes);
  nl_socket_disable_msg_peek(fresh->sock);
  // The kernel answers at once; a limit all the same, so that nothing can ever stand still here.
  timeval limit{2, 0};
  setsockopt(nl_socket_get_fd(fresh->sock), SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);

  fresh->family = genl_ctrl_resolve(fresh->sock, IPVS_GENL_NAME);
  if (fresh->family < 0 && !module_tried_) {
    module_tried_ = true;
    load_module();
    fresh->family = genl_ctrl_resolve(fresh->sock, IPVS_GENL_NAME);
  }
  if (fresh->family < 0) return base::fail("the kernel has no IPVS (module ip_vs is not loaded)", ENOENT);
  socket_ = std::move(fresh);
  return {};
}

base::Result<Table> Netlink::read() {
  if (auto opened = open(); !opened) return tl::unexpected(opened.error());
  std::string why;

  // One dump, again when a change has overtaken it.
  auto dump = [&](const Request& request, Payloads& out) {
    for (int i = 0;; ++i) {
      out.clear();
      Exchange x;
      x.payloads = &out;
      const int error = socket_->transact(request, NLM_F_DUMP, x, why);
      if (error || !x.interrupted || i == kInterruptedReads) return error;
    }
  };
  auto failed = [&](int error) -> base::Result<Table> {
    if (error != kBrokenSocket) return base::fail(fmt::format("the kernel does not list its IPVS table: {}", std::strerror(error)), error);
    socket_.reset();
    return base::fail(fmt::format("netlink: {}", why), EIO);
  };

  Table table;
  Payloads payloads;
  if (int error = dump(list_services(), payloads)) return failed(error);
  for (const auto& bytes : payloads)
    if (auto service = decode_service(bytes)) table[service->first].options = std::move(service->second);
  for (auto service = table.begin(); service != table.end();) {
    const int error = dump(list_dests(service->first), payloads);
    if (error == ESRCH) {  // deleted since we listed it
      service = table.erase(service);
      continue;
    }
    if (error) return failed(error);
    for (const auto& bytes : payloads)
      if (auto dest = decode_dest(bytes, service->first.address.family())) service->second.dests.insert(*dest);
    ++service;
  }
  return table;
}

base::Result<void> Netlink::apply(const Op& op) {
  if (auto opened = open(); !opened) return opened;
  Exchange x;
  std::string why;
  const int error = socket_->transact(encode(op), NLM_F_REQUEST | NLM_F_ACK, x, why);
  if (error == 0) return {};
  if (error != kBrokenSocket) return base::fail(because(op, error), error);
  socket_.reset();
  return base::fail(fmt::format("netlink: {}", why), EIO);
}

}  // namespace ldir::ipvs
