import Discovery
import ServiceClient
import Testing

@Suite("Service locations")
struct ServiceLocationTests {
  @Test("a setting is an address, a DNS name, or a service of the registry")
  func forms() {
    #expect(ServiceLocation("http://127.0.0.1:8101") == .address(.local(8101)))
    #expect(
      ServiceLocation("dns://shop.baedal.svc.cluster.local:8101") == .dns(host: "shop.baedal.svc.cluster.local", port: 8101))
    #expect(ServiceLocation("registry://shop-listing") == .registry(service: "shop-listing"))
  }

  @Test(
    "anything else is rejected",
    arguments: [
      "", "shop", "dns://shop", "dns://:80", "dns://shop:", "dns://shop:0", "dns://shop:99999", "dns://shop:80/path",
      "dns://a:b:80", "registry://", "registry://shop:8101", "registry://shop/1", "registry://a b", "ftp://shop", "http://",
    ])
  func bad(text: String) {
    #expect(ServiceLocation(text) == nil)
  }

  @Test("each address of a DNS name is an instance, and an unknown name is unavailable")
  func dns() async throws {
    let resolver = DNSResolver(host: "127.0.0.1", port: 8101, logger: quietLogger)
    #expect(try await resolver.addresses(of: "shop") == [.local(8101)])
    let local = DNSResolver(host: "localhost", port: 8101, logger: quietLogger)
    #expect(try await local.addresses(of: "shop").contains(.local(8101)))
    let nowhere = DNSResolver(host: "no-such-name.invalid", port: 8101, logger: quietLogger)
    let error = await #expect(throws: ServiceClientError.self) { try await nowhere.addresses(of: "shop") }
    #expect(error?.isUnavailability == true)
  }
}
