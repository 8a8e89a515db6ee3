// SPDX-License-Identifier: Apache-2.0
// A TLS client over a non-blocking socket. Certificates are verified only where the configuration asks for
// it: a check asks whether the server works, by its address. No Asio here, and no waiting: each call says
// what it waits for.
#pragma once

#include <openssl/ssl.h>

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/addr.h"

namespace ldir::probe {

class TlsContext {
 public:
  TlsContext();
  ~TlsContext();
  TlsContext(const TlsContext&) = delete;
  SSL_CTX* get();  ///< made at first use; nullptr when OpenSSL refuses
  /// Reads the authorities that this machine trusts, at first use: who verifies nothing does without a MiB of
  /// them.
  void load_authorities();

 private:
  SSL_CTX* context_ = nullptr;
  bool has_authorities_ = false;
};

class TlsSession {
 public:
  enum class State { done, want_read, want_write, closed, failed };
  struct Step {
    State state;
    std::size_t bytes = 0;
  };

  /// What the server's certificate must fulfil.
  struct Demand {
    std::string server_name;  ///< for SNI, may be empty; IP literals are not sent as a name (RFC 6066)
    bool verify = false;      ///< the chain, and the name, or the address where there is no name
    std::optional<base::IpAddress> address;
  };

  /// nullptr when OpenSSL refuses.
  static std::unique_ptr<TlsSession> make(TlsContext& context, int fd, const Demand& demand);
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
