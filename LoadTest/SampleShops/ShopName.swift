import RandomNumbers

/// Generates shop names: a prefix, the kind of restaurant, and often the branch.
enum ShopName {
  static func make(cuisine: Cuisine, dong: String, using random: inout SplitMix64) -> String {
    switch random.below(100) {
    case 0..<14: random.pick(cuisine.latinNames) + (random.chance(65) ? " \(place(dong))" : "")
    case 14..<40: random.pick(people) + random.pick(cuisine.houses) + branch(dong, using: &random)
    case 40..<66: random.pick(images) + random.pick(cuisine.houses) + branch(dong, using: &random)
    case 66..<78: "\(random.pick(towns)) \(random.pick(cuisine.houses))" + branch(dong, using: &random)
    case 78..<88: "\(place(dong)) \(random.pick(cuisine.houses))"
    default: "\(random.pick(boasts)) \(random.pick(images))\(random.pick(cuisine.houses))"
    }
  }

  private static func branch(_ dong: String, using random: inout SplitMix64) -> String {
    switch random.below(100) {
    case 0..<45: " \(place(dong))점"
    case 45..<52: " 본점"
    case 52..<57: " \(place(dong))\(random.number(in: 2...3))호점"
    case 57..<61: " \(place(dong))직영점"
    default: ""
    }
  }

  /// A quarter's name of one syllable always has the suffix 동.
  private static func place(_ dong: String) -> String {
    dong.count == 1 ? dong + "동" : dong
  }

  private static let people = [
    "할매", "이모네", "삼촌네", "고모네", "큰엄마", "외할머니", "큰집", "외갓집", "형제", "남매", "쌍둥이네", "막내", "정가네", "박가네",
    "윤가네", "오가네", "한씨네", "최씨네", "문씨네", "강씨네", "순자네", "영희네", "민수네", "옥분이네", "춘자네", "덕구네", "복순이", "김사장",
    "이사장", "장모님", "새댁", "아저씨네",
  ]

  private static let images = [
    "달빛", "햇살", "노을", "은하수", "뭉게구름", "산들바람", "별밤", "새벽", "황금", "푸른", "하얀", "빨간", "초록", "든든한", "정겨운", "소문난",
    "옛날", "오늘", "매일", "우리동네", "골목", "시장", "언덕", "강변", "모퉁이", "열두시", "스무살", "단골", "무지개", "첫눈", "소나기", "참나무",
    "느티나무", "은행나무", "동백", "봄날", "여름밤", "가을", "두레", "한마음", "큰길", "윗마을", "돌담", "마당", "기와", "사랑방",
  ]

  private static let towns = [
    "전주", "부산", "대구", "춘천", "속초", "제주", "광주", "목포", "통영", "안동", "여수", "강릉", "포항", "수원", "나주", "순천", "진주", "남원",
    "군산", "담양",
  ]

  private static let boasts = ["원조", "정직한", "소문난", "3대째", "손맛", "정성", "24시", "진짜", "행복한", "착한"]
}
