import Testing

@testable import IdentityService

@Suite("Client addresses")
struct ClientAddressTests {
  @Test(
    "The client address is the peer; for a trusted proxy it is the last X-Forwarded-For entry",
    arguments: [
      ("192.0.2.1", [], "192.0.2.1"), ("192.0.2.1", ["203.0.113.1"], "192.0.2.1"),
      ("127.0.0.1", ["203.0.113.1"], "203.0.113.1"), ("127.0.0.1", ["10.0.0.1, 203.0.113.1"], "203.0.113.1"),
      ("127.0.0.1", ["10.0.0.1", "203.0.113.1"], "203.0.113.1"), ("127.0.0.1", [], "127.0.0.1"),
      ("127.0.0.1", ["nonsense"], "127.0.0.1"), ("::ffff:127.0.0.1", ["203.0.113.1"], "203.0.113.1"),
      ("127.0.0.1", ["203.0.113.1,"], "127.0.0.1"), ("127.0.0.1", ["203.0.113.1:4711"], "203.0.113.1"),
      ("::1", ["2001:db8:1:2:3:4:5:6"], "2001:db8:1:2::/64"), ("", ["203.0.113.1"], "unknown"),
    ] as [(String, [String], String)])
  func addresses(_ peer: String, _ forwarded: [String], _ expected: String) throws {
    let address = try #require(TrustedClientAddress(trustedProxies: "127.0.0.1, ::1"))
    #expect(address.of(peer: peer, forwarded: forwarded) == expected)
  }

  @Test("Without trusted proxies X-Forwarded-For is ignored; an invalid entry is rejected")
  func settings() throws {
    #expect(
      try #require(TrustedClientAddress(trustedProxies: "")).of(peer: "127.0.0.1", forwarded: ["203.0.113.1"]) == "127.0.0.1")
    let bridge = try #require(TrustedClientAddress(trustedProxies: "172.16.0.0/12,10.0.0.1"))
    for proxy in ["172.16.0.1", "172.31.255.254", "10.0.0.1"] {
      #expect(bridge.of(peer: proxy, forwarded: ["198.51.100.7, 203.0.113.1"]) == "203.0.113.1")
    }
    for untrusted in ["172.32.0.1", "172.15.255.255", "10.0.0.2", "::1"] {
      #expect(bridge.of(peer: untrusted, forwarded: ["203.0.113.1"]) == untrusted)
    }
    for invalid in ["172.16.0.0/33", "172.16.0.0/", "/12", "172.16.0/12", "gateway/8", "::/0"] {
      #expect(TrustedClientAddress(trustedProxies: invalid) == nil, "\(invalid)")
    }
    #expect(TrustedClientAddress(trustedProxies: "gateway") == nil)
  }
}
