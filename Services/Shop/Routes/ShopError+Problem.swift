import Hummingbird
import Web

/// How a client sees that a command was refused.
extension ShopError: HTTPResponseError {
  var status: HTTPResponse.Status { problem.status }

  func response(from request: Request, context: some RequestContext) -> Response {
    problem.response()
  }

  private var problem: Problem {
    switch self {
    case .unknownShop: .notFound("shop_not_found", "there is no such shop")
    case .unknownItem: .notFound("menu_item_not_found", "the shop has no such item on its menu")
    case .deleted: .gone("the shop was deleted")
    case .notOwner: .forbidden("the shop belongs to another owner")
    case .versionMismatch(let current): .versionMismatch(current: current)
    case .keyReused:
      Problem(
        .unprocessableContent, code: "idempotency_key_reused",
        detail: "the Idempotency-Key was used before, for a request with another body")
    case .menuFull: .conflict("menu_full", "the menu has \(ShopRules.menuSize) items already")
    }
  }
}
