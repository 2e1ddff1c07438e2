import Web

/// Maps rejections to problem documents.
extension ShopError: ProblemConvertible {
  var problem: Problem {
    switch self {
    case .unknownShop: .notFound("shop_not_found", "the shop does not exist")
    case .unknownItem: .notFound("menu_item_not_found", "the menu has no such item")
    case .deleted: .gone("the shop was deleted")
    case .notOwner: .forbidden("the shop belongs to another owner")
    case .versionMismatch(let current): .versionMismatch(current: current)
    case .keyReused: .idempotencyKeyReused
    case .menuFull: .conflict("menu_full", "the menu already has the maximum of \(ShopRules.menuSize) items")
    }
  }
}
