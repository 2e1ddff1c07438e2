/// A shop's cuisine, by its slug in URLs and JSON.
public enum Category: String, CaseIterable, Codable, Hashable, Sendable {
  case asian
  case bunsik
  case burger
  case cafe
  case chicken
  case chinese
  case dosirak
  case fastfood
  case japanese
  case jokbal
  case korean
  case nightfood
  case pizza
  case salad
  case steak
  case stew
  case western

  /// The name shown to customers; search also matches it.
  public var label: String {
    switch self {
    case .asian: "아시안"
    case .bunsik: "분식"
    case .burger: "버거"
    case .cafe: "카페"
    case .chicken: "치킨"
    case .chinese: "중식"
    case .dosirak: "도시락"
    case .fastfood: "패스트푸드"
    case .japanese: "일식"
    case .jokbal: "족발"
    case .korean: "한식"
    case .nightfood: "야식"
    case .pizza: "피자"
    case .salad: "샐러드"
    case .steak: "고기"
    case .stew: "찜탕"
    case .western: "양식"
    }
  }
}
