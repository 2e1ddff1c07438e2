/// One of the 25 districts (구) of Seoul, by its slug in URLs and JSON.
public enum District: String, CaseIterable, Codable, Hashable, Sendable {
  case dobong
  case dongdaemun
  case dongjak
  case eunpyeong
  case gangbuk
  case gangdong
  case gangnam
  case gangseo
  case geumcheon
  case guro
  case gwanak
  case gwangjin
  case jongno
  case jung
  case jungnang
  case mapo
  case nowon
  case seocho
  case seodaemun
  case seongbuk
  case seongdong
  case songpa
  case yangcheon
  case yeongdeungpo
  case yongsan

  /// The official Korean name.
  public var label: String {
    switch self {
    case .dobong: "도봉구"
    case .dongdaemun: "동대문구"
    case .dongjak: "동작구"
    case .eunpyeong: "은평구"
    case .gangbuk: "강북구"
    case .gangdong: "강동구"
    case .gangnam: "강남구"
    case .gangseo: "강서구"
    case .geumcheon: "금천구"
    case .guro: "구로구"
    case .gwanak: "관악구"
    case .gwangjin: "광진구"
    case .jongno: "종로구"
    case .jung: "중구"
    case .jungnang: "중랑구"
    case .mapo: "마포구"
    case .nowon: "노원구"
    case .seocho: "서초구"
    case .seodaemun: "서대문구"
    case .seongbuk: "성북구"
    case .seongdong: "성동구"
    case .songpa: "송파구"
    case .yangcheon: "양천구"
    case .yeongdeungpo: "영등포구"
    case .yongsan: "용산구"
    }
  }
}
