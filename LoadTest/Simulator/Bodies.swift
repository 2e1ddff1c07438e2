import Contracts

/// The JSON bodies of requests, formatted by hand: an encoder would cost more than the rest of a request.
enum Bodies {
  static func order(_ plan: OrderRunPlan) -> String {
    let items = plan.items.map { "{\"menuItemId\":\"\($0.item.id)\",\"quantity\":\($0.quantity)}" }.joined(separator: ",")
    return """
      {"shopId":"\(plan.shop.id)","items":[\(items)],\
      "deliveryAddress":{"address":"서울특별시 \(plan.shop.district.label) \(plan.number % 400 + 1)번지",\
      "location":\(location(plan.destination))},"payment":{"token":"\(plan.scenario.token)"}}
      """
  }

  static func location(_ location: Location) -> String {
    "{\"latitude\":\(location.latitude),\"longitude\":\(location.longitude)}"
  }

  static func review(of order: Identifier, rating: Int) -> String {
    "{\"orderId\":\"\(order)\",\"rating\":\(rating),\"text\":\"\(texts[rating - 1])\"}"
  }

  static let accept = "{\"preparationMinutes\":15}"
  static let reject = "{\"reason\":\"재료가 떨어졌어요\"}"
  static let cancel = "{\"reason\":\"마음이 바뀌었어요\"}"
  static let reply = "{\"text\":\"주문해 주셔서 감사합니다!\"}"

  private static let texts = ["다 식어서 왔어요.", "조금 아쉬워요.", "보통이에요.", "맛있게 먹었어요.", "최고예요! 또 시킬게요."]
}
