import LoadClient
import Testing

@Suite("Addresses of services")
struct ServiceURLsTests {
  private static let environment = ["ORDER_HISTORY_URL": "http://history:1/", "GATEWAY_URL": "http://gateway:2", "SHOP_URL": ""]

  @Test("each is where the environment says, or where the local stack has it")
  func direct() {
    let urls = ServiceURLs(Self.environment)
    #expect(urls["order-history"] == "http://history:1")
    #expect(urls["shop"] == "http://127.0.0.1:8101")
    #expect(urls["identity"] == "http://127.0.0.1:8107")
  }

  @Test("through the gateway all are behind it, by their names")
  func gateway() {
    let urls = ServiceURLs(Self.environment, through: .gateway)
    #expect(urls["order-history"] == "http://gateway:2/order-history")
    #expect(ServiceURLs([:], through: .gateway)["shop"] == "http://127.0.0.1:8080/shop")
  }
}
