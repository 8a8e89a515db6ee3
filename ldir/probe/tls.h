// SPDX-License-Identifier: Apache-2.0
// A TLS client over a non-blocking socket. Certificates are not verified: a check asks whether the server works, by
// its address; names and chains are for its clients. No Asio here, and no waiting: each call says what it waits for.
#pragma once

#include <openssl/ssl.h>

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

namespace ldir::probe {

class TlsContext {
 public:
  TlsContext();
  ~TlsContext();
  TlsContext(const TlsContext&) = delete;
  SSL_CTX* get();  ///< made at first use; nullptr when OpenSSL refuses

 private:
  SSL_CTX* context_ = nullptr;
};

class TlsSession {
 public:
  enum class State { done, want_read, want_write, closed, failed };
  struct Step {
    State state;
    std::size_t bytes = 0;
  };

  /// nullptr when OpenSSL refuses. `server_name` may be empty; IP literals are not sent as a name (RFC 6066).
  static std::unique_ptr<TlsSession> make(TlsContext& context, int fd, const std::string& server_name);
  ~TlsSession();
  Step handshake();
  Step read(char* buffer, std::size_t size);
  Step write(std::string_view bytes);
  const std::string& error() const { return error_; }  ///< after failed

 private:
  explicit TlsSession(SSL* ssl) : ssl_(ssl) {}
  Step outcome(int result, std::size_t bytes);

  SSL* ssl_;
  std::string error_;
};

}  // namespace ldir::probe
