import LoadClient

/// A client of each service, at the addresses that `SHOP_URL`, `ORDER_URL`… name.
struct Services: Sendable {
  let shop: RESTClient
  let order: RESTClient
  let payment: RESTClient
  let rider: RESTClient
  let review: RESTClient
  let listing: RESTClient
  let history: RESTClient

  init(environment: [String: String], connections: Connections) {
    func client(_ variable: String, port: Int) -> RESTClient {
      RESTClient(baseURL: environment[variable].nonEmpty ?? "http://127.0.0.1:\(port)", connections: connections)
    }
    shop = client("SHOP_URL", port: 8101)
    order = client("ORDER_URL", port: 8102)
    payment = client("PAYMENT_URL", port: 8103)
    rider = client("RIDER_URL", port: 8104)
    review = client("REVIEW_URL", port: 8105)
    listing = client("SHOP_LISTING_URL", port: 8201)
    history = client("ORDER_HISTORY_URL", port: 8202)
  }
}

extension String? {
  /// An empty variable is as good as none.
  var nonEmpty: String? {
    flatMap { $0.isEmpty ? nil : $0 }
  }
}
