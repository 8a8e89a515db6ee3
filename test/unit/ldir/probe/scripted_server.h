// SPDX-License-Identifier: Apache-2.0
// Servers on loopback that behave as badly as a test asks for: each connection runs the given function on a thread.
// Whatever blocks ends when the server object goes: it shuts every socket down first.
#pragma once

#include <openssl/evp.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <functional>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace test {

class ScriptedServer {
 public:
  /// What one connection does; `fd` is closed when it returns.
  using Behaviour = std::function<void(int fd)>;

  explicit ScriptedServer(Behaviour behaviour, int type = SOCK_STREAM) : behaviour_(std::move(behaviour)) {
    listening_ = ::socket(AF_INET, type | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t length = sizeof address;
    ::bind(listening_, reinterpret_cast<sockaddr*>(&address), length);
    ::getsockname(listening_, reinterpret_cast<sockaddr*>(&address), &length);
    port_ = ntohs(address.sin_port);
    if (type == SOCK_STREAM) {
      ::listen(listening_, 1024);
      thread_ = std::thread([this] { serve(); });
    } else {
      thread_ = std::thread([this] { behaviour_(listening_); });
    }
  }

  ~ScriptedServer() {
    stopping_ = true;
    ::shutdown(listening_, SHUT_RDWR);
    {
      std::lock_guard lock(mutex_);
      for (int fd : open_) ::shutdown(fd, SHUT_RDWR);
    }
    thread_.join();
    for (auto& t : connections_) t.join();
    ::close(listening_);
  }

  std::uint16_t port() const { return port_; }
  int accepted() const { return accepted_; }

  /// Reads until the empty line of a request, or the end.
  static std::string read_request(int fd) {
    std::string text;
    char buffer[1024];
    while (text.find("\r\n\r\n") == std::string::npos) {
      auto n = ::recv(fd, buffer, sizeof buffer, 0);
      if (n <= 0) break;
      text.append(buffer, static_cast<std::size_t>(n));
    }
    return text;
  }
  static void write(int fd, std::string_view bytes) { (void)!::send(fd, bytes.data(), bytes.size(), MSG_NOSIGNAL); }
  /// Until the other side, or the end of the test, closes.
  static void wait_for_end(int fd) {
    char buffer[1024];
    while (::recv(fd, buffer, sizeof buffer, 0) > 0) {
    }
  }
  /// close() then sends a reset instead of a FIN.
  static void arm_reset(int fd) {
    linger hard{1, 0};
    ::setsockopt(fd, SOL_SOCKET, SO_LINGER, &hard, sizeof hard);
  }

 private:
  void serve() {
    for (;;) {
      int fd = ::accept4(listening_, nullptr, nullptr, SOCK_CLOEXEC);
      if (fd < 0) return;
      ++accepted_;
      std::lock_guard lock(mutex_);
      if (stopping_) {
        ::close(fd);
        return;
      }
      open_.push_back(fd);
      connections_.emplace_back([this, fd] {
        behaviour_(fd);
        std::lock_guard inner(mutex_);
        std::erase(open_, fd);
        ::close(fd);
      });
    }
  }

  Behaviour behaviour_;
  int listening_ = -1;
  std::uint16_t port_ = 0;
  std::atomic<bool> stopping_ = false;
  std::atomic<int> accepted_ = 0;
  std::mutex mutex_;
  std::vector<int> open_;
  std::vector<std::thread> connections_;
  std::thread thread_;
};

/// The server's half of TLS with a certificate of its own making; notes the name that the client asked for.
class TlsIdentity {
 public:
  TlsIdentity() {
    key_ = EVP_EC_gen("P-256");
    certificate_ = X509_new();
    ASN1_INTEGER_set(X509_get_serialNumber(certificate_), 1);
    X509_gmtime_adj(X509_getm_notBefore(certificate_), 0);
    X509_gmtime_adj(X509_getm_notAfter(certificate_), 3600);
    X509_set_pubkey(certificate_, key_);
    X509_sign(certificate_, key_, EVP_sha256());
    context_ = SSL_CTX_new(TLS_server_method());
    SSL_CTX_use_certificate(context_, certificate_);
    SSL_CTX_use_PrivateKey(context_, key_);
  }
  ~TlsIdentity() {
    SSL_CTX_free(context_);
    X509_free(certificate_);
    EVP_PKEY_free(key_);
  }

  /// Handshake, one request, `answer`, and away: with or without a farewell.
  void serve(int fd, std::string_view answer, bool farewell) {
    SSL* ssl = SSL_new(context_);
    SSL_set_fd(ssl, fd);
    if (SSL_accept(ssl) == 1) {
      if (const char* name = SSL_get_servername(ssl, TLSEXT_NAMETYPE_host_name)) {
        std::lock_guard lock(mutex_);
        asked_for_ = name;
      }
      char buffer[4096];
      if (SSL_read(ssl, buffer, sizeof buffer) > 0) SSL_write(ssl, answer.data(), static_cast<int>(answer.size()));
      if (farewell) SSL_shutdown(ssl);
    }
    SSL_free(ssl);
  }
  std::string asked_for() {
    std::lock_guard lock(mutex_);
    return asked_for_;
  }

 private:
  EVP_PKEY* key_;
  X509* certificate_;
  SSL_CTX* context_;
  std::mutex mutex_;
  std::string asked_for_;
};

}  // namespace test
