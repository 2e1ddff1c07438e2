import NIOCore
import ServiceDefaults
import Web

extension ReadModelReader {
  /// The response to a read, possibly a problem; the future never fails.
  func response(to request: ReadRequest) -> EventLoopFuture<ReadResponse> {
    read(request).map { ReadResponse($0) }.flatMapErrorThrowing { .problem(Problem(reading: $0)) }
  }
}

extension ReadResponse {
  /// 200 with the document of a result.
  init(_ result: ReadResult) {
    switch result.content {
    case .shop(let shop):
      // The shop and its rating change independently.
      let tag = shop.ratingVersion.map { "v\(shop.version).\($0)" } ?? "v\(shop.version)"
      self = .document(Self.body(shop), dependencies: result.keys, entityTag: tag)
    case .page(let cards, let next):
      self = .document(Self.body(cards, next: next?.cursor), dependencies: result.keys)
    }
  }

  private static func body(_ shop: StoredShop) -> ByteBuffer {
    let (head, menu, rating) = (shop.head, shop.menu, shop.rating)
    var body = ByteBufferAllocator().buffer(capacity: head.readableBytes + menu.readableBytes + rating.readableBytes + 32)
    body.writeImmutableBuffer(head)
    body.writeStaticString(",\"menu\":")
    body.writeImmutableBuffer(menu)
    body.writeStaticString(",\"rating\":")
    body.writeImmutableBuffer(rating)
    body.writeStaticString("}")
    return body
  }

  private static func body(_ cards: [ByteBuffer], next: String?) -> ByteBuffer {
    var body = ByteBufferAllocator().buffer(capacity: cards.reduce(96) { $0 + $1.readableBytes + 1 } + (next?.utf8.count ?? 0))
    body.writeStaticString("{\"items\":[")
    for (index, card) in cards.enumerated() {
      if index > 0 { body.writeInteger(UInt8(ascii: ",")) }
      body.writeImmutableBuffer(card)
    }
    body.writeStaticString("],\"nextCursor\":")
    body.writeString(next.map { "\"\($0)\"}" } ?? "null}")
    return body
  }
}

extension Problem {
  /// The problem for an error of the read model or of Redis.
  fileprivate init(reading error: any Error) {
    self =
      switch error {
      case ReadModelError.unknownShop: .notFound("shop_not_found", "there is no shop with this id")
      case ReadModelError.deletedShop: .gone("this shop was deleted")
      case ReadModelError.notBuilt: .unavailable("the read model is being built")
      default:
        Unavailability.retryAfterSeconds(error).map {
          .unavailable("the read model is unavailable", retryAfterSeconds: $0)
        } ?? .internalError
      }
  }
}
