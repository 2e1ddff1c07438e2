/// A client of each public service.
public struct Services: Sendable {
  public let identity: RESTClient
  public let shop: RESTClient
  public let order: RESTClient
  public let payment: RESTClient
  public let rider: RESTClient
  public let review: RESTClient
  public let listing: RESTClient
  public let history: RESTClient

  public init(_ urls: ServiceURLs, _ connections: HTTPConnections) {
    identity = urls.client(of: "identity", connections)
    shop = urls.client(of: "shop", connections)
    order = urls.client(of: "order", connections)
    payment = urls.client(of: "payment", connections)
    rider = urls.client(of: "rider", connections)
    review = urls.client(of: "review", connections)
    listing = urls.client(of: "shop-listing", connections)
    history = urls.client(of: "order-history", connections)
  }
}
