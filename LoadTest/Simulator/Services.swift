import ArgumentParser
import LoadClient

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// Where the services listen: by option, else by environment variable, else where the local stack has them.
struct ServiceAddresses: ParsableArguments {
  @Option(help: "Where the shop service listens (SHOP_URL).")
  var shopURL = environment("SHOP_URL") ?? "http://127.0.0.1:8101"

  @Option(help: "Where the order service listens (ORDER_URL).")
  var orderURL = environment("ORDER_URL") ?? "http://127.0.0.1:8102"

  @Option(help: "Where the rider service listens (RIDER_URL).")
  var riderURL = environment("RIDER_URL") ?? "http://127.0.0.1:8104"

  @Option(help: "Where the review service listens (REVIEW_URL).")
  var reviewURL = environment("REVIEW_URL") ?? "http://127.0.0.1:8105"

  @Option(help: "Where the listing service listens (SHOP_LISTING_URL).")
  var listingURL = environment("SHOP_LISTING_URL") ?? "http://127.0.0.1:8201"

  @Option(help: "Where the order history service listens (ORDER_HISTORY_URL).")
  var historyURL = environment("ORDER_HISTORY_URL") ?? "http://127.0.0.1:8202"

  private static func environment(_ name: String) -> String? {
    getenv(name).map { String(cString: $0) }
  }
}

/// A client of each service that people meet.
struct Services: Sendable {
  let shop: RESTClient
  let order: RESTClient
  let rider: RESTClient
  let review: RESTClient
  let listing: RESTClient
  let history: RESTClient

  init(_ addresses: ServiceAddresses, connections: Connections) {
    func client(_ url: String) -> RESTClient { RESTClient(baseURL: url, connections: connections) }
    shop = client(addresses.shopURL)
    order = client(addresses.orderURL)
    rider = client(addresses.riderURL)
    review = client(addresses.reviewURL)
    listing = client(addresses.listingURL)
    history = client(addresses.historyURL)
  }
}
