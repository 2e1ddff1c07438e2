import Testing

@testable import IdentityService

@Suite("Where a request comes from")
struct ClientAddressTests {
  @Test(
    "The peer, unless it is a proxy that we know; then the last address that it names",
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

  @Test("With nothing said nobody is believed; what is no address is refused")
  func settings() throws {
    #expect(
      try #require(TrustedClientAddress(trustedProxies: "")).of(peer: "127.0.0.1", forwarded: ["203.0.113.1"]) == "127.0.0.1")
    let bridge = try #require(TrustedClientAddress(trustedProxies: "172.16.0.0/12,10.0.0.1"))
    for proxy in ["172.16.0.1", "172.31.255.254", "10.0.0.1"] {
      #expect(bridge.of(peer: proxy, forwarded: ["198.51.100.7, 203.0.113.1"]) == "203.0.113.1")
    }
    for stranger in ["172.32.0.1", "172.15.255.255", "10.0.0.2", "::1"] {
      #expect(bridge.of(peer: stranger, forwarded: ["203.0.113.1"]) == stranger)
    }
    for wrong in ["172.16.0.0/33", "172.16.0.0/", "/12", "172.16.0/12", "gateway/8", "::/0"] {
      #expect(TrustedClientAddress(trustedProxies: wrong) == nil, "\(wrong)")
    }
    #expect(TrustedClientAddress(trustedProxies: "gateway") == nil)
  }
}
