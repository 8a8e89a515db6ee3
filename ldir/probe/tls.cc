// SPDX-License-Identifier: Apache-2.0
#include "ldir/probe/tls.h"

#include <openssl/err.h>
#include <openssl/x509v3.h>

#include <cerrno>
#include <cstring>
#include <utility>

#include "base/addr.h"

namespace ldir::probe {

TlsContext::TlsContext() = default;

TlsContext::~TlsContext() {
  SSL_CTX_free(context_);
}

SSL_CTX* TlsContext::get() {
  if (context_) return context_;
  context_ = SSL_CTX_new(TLS_client_method());
  if (!context_) return nullptr;
  SSL_CTX_set_verify(context_, SSL_VERIFY_NONE, nullptr);
  // Buffers only while bytes are in them: there may be thousands of sessions.
  SSL_CTX_set_mode(context_, SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE |
                                 SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
  // Many servers close without a word of farewell; for a check that is the end of the answer.
  SSL_CTX_set_options(context_, SSL_OP_IGNORE_UNEXPECTED_EOF);
  SSL_CTX_set_session_cache_mode(context_, SSL_SESS_CACHE_OFF);
  return context_;
}

void TlsContext::load_authorities() {
  if (!std::exchange(has_authorities_, true)) SSL_CTX_set_default_verify_paths(get());
}

std::unique_ptr<TlsSession> TlsSession::make(TlsContext& context, int fd, const Demand& demand) {
  SSL* ssl = context.get() ? SSL_new(context.get()) : nullptr;
  if (!ssl) return nullptr;
  std::unique_ptr<TlsSession> session(new TlsSession(ssl));
  if (SSL_set_fd(ssl, fd) != 1) return nullptr;
  const auto& name = demand.server_name;
  const bool named = !name.empty() && !base::IpAddress::parse(name);
  if (named)
    SSL_ctrl(ssl, SSL_CTRL_SET_TLSEXT_HOSTNAME, TLSEXT_NAMETYPE_host_name, const_cast<char*>(name.c_str()));
  if (demand.verify) {
    context.load_authorities();
    SSL_set_verify(ssl, SSL_VERIFY_PEER, nullptr);
    // Without anything to compare with, a good chain alone would pass for the server's: so nothing does.
    if (named ? SSL_set1_host(ssl, name.c_str()) != 1
              : !demand.address ||
                    X509_VERIFY_PARAM_set1_ip(SSL_get0_param(ssl), demand.address->bytes().data(),
                                              demand.address->is_v4() ? 4 : 16) != 1)
      return nullptr;
  }
  SSL_set_connect_state(ssl);
  return session;
}

TlsSession::~TlsSession() {
  SSL_free(ssl_);
}

TlsSession::Step TlsSession::handshake() {
  ERR_clear_error();
  return outcome(SSL_do_handshake(ssl_), 0);
}

TlsSession::Step TlsSession::read(char* buffer, std::size_t size) {
  ERR_clear_error();
  std::size_t got = 0;
  int result = SSL_read_ex(ssl_, buffer, size, &got);
  return outcome(result, got);
}

TlsSession::Step TlsSession::write(std::string_view bytes) {
  ERR_clear_error();
  std::size_t put = 0;
  int result = SSL_write_ex(ssl_, bytes.data(), bytes.size(), &put);
  return outcome(result, put);
}

TlsSession::Step TlsSession::outcome(int result, std::size_t bytes) {
  int saved = errno;
  if (result == 1) return {State::done, bytes};
  switch (SSL_get_error(ssl_, result)) {
    case SSL_ERROR_WANT_READ:
      return {State::want_read};
    case SSL_ERROR_WANT_WRITE:
      return {State::want_write};
    case SSL_ERROR_ZERO_RETURN:
      return {State::closed};
    case SSL_ERROR_SYSCALL:
      error_ = saved == ECONNRESET ? "connection reset" : saved ? std::strerror(saved) : "connection closed";
      return {State::failed};
    default: {
      if (const auto bad = SSL_get_verify_result(ssl_);
          bad != X509_V_OK && SSL_get_verify_mode(ssl_) != SSL_VERIFY_NONE) {
        error_ = std::string("certificate: ") + X509_verify_cert_error_string(bad);
        return {State::failed};
      }
      const char* reason = ERR_reason_error_string(ERR_peek_error());
      error_ = reason ? reason : "protocol error";
      return {State::failed};
    }
  }
}

}  // namespace ldir::probe
