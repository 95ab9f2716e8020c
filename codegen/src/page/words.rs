//! The words that readers recognise on pages: headings, column titles, required or not, limits, types.

use topsdk_spec::{Basic, Limits, Side};

/// A section of a page.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Section {
    /// Parameters of the protocol, which are the same for every API.
    Public,
    Request,
    Response,
    RequestSample,
    ResponseSample,
    ErrorSample,
    Errors,
    /// Everything after the reference, such as tools and the FAQ.
    Rest,
}

impl Section {
    /// Returns the side whose parameters the section holds.
    pub(crate) fn side(self) -> Option<Side> {
        match self {
            Section::Request => Some(Side::Request),
            Section::Response => Some(Side::Response),
            _ => None,
        }
    }

    /// Returns whether the section shows samples.
    pub(crate) fn is_sample(self) -> bool {
        matches!(self, Section::RequestSample | Section::ResponseSample | Section::ErrorSample)
    }

    /// Returns the section's heading on the site.
    pub(crate) fn heading(self) -> &'static str {
        first(HEADINGS[self as usize].1)
    }
}

/// A column of a parameter table.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Column {
    /// 名称.
    Name,
    /// 类型.
    Type,
    /// 是否必须.
    Required,
    /// 示例值.
    Example,
    /// 更多限制.
    Limits,
    /// 描述.
    Description,
}

impl Column {
    /// Every column, in the page's order.
    pub const ALL: [Column; 6] =
        [Column::Name, Column::Type, Column::Required, Column::Example, Column::Limits, Column::Description];

    /// Returns the columns of one side's table, in the page's order.
    pub(crate) fn of(side: Side) -> &'static [Column] {
        match side {
            Side::Request => &Column::ALL,
            Side::Response => &[Column::Name, Column::Type, Column::Example, Column::Description],
        }
    }

    /// Returns the title of the column on the page.
    pub fn title(self) -> &'static str {
        first(COLUMNS[self as usize].1)
    }
}

/// The headings of each section: first as on the site, then as worded on older pages, and in English. Compared without
/// blanks and case.
const HEADINGS: [(Section, &str); 8] = [
    (
        Section::Public,
        "公共参数 公共请求参数 公共响应参数 公共返回参数 系统参数 系统级参数 系统级输入参数 请求地址 \
         commonparameters publicparameters commonrequestparameters publicrequestparameters \
         commonresponseparameters systemparameters requestaddress requesturl",
    ),
    (
        Section::Request,
        "请求参数 业务参数 业务请求参数 输入参数 入参 应用级输入参数 应用级参数 requestparameters \
         requestparameter inputparameters businessparameters businessrequestparameters parameters \
         apirequestparameters",
    ),
    (
        Section::Response,
        "响应参数 返回参数 返回结果 返回值 输出参数 出参 业务响应参数 应用级输出参数 响应结果 \
         responseparameters responseparameter returnparameters outputparameters \
         businessresponseparameters returnvalue returnvalues response apiresponseparameters",
    ),
    (
        Section::RequestSample,
        "请求示例 请求样例 调用示例 请求代码示例 requestexample requestexamples requestsample \
         requestsamples samplerequest examplerequest",
    ),
    (
        Section::ResponseSample,
        "响应示例 响应样例 返回示例 返回样例 正常示例 正常返回示例 responseexample responseexamples \
         responsesample responsesamples sampleresponse exampleresponse",
    ),
    (
        Section::ErrorSample,
        "异常示例 异常样例 异常返回示例 错误示例 异常响应示例 exceptionexample exceptionexamples \
         errorexample errorexamples errorsample exceptionsample errorresponse",
    ),
    (
        Section::Errors,
        "错误码解释 错误码 错误代码 错误码说明 错误代码解释 业务错误码 errorcodes errorcode \
         errorcodeexplanation errorcodedescription errorcodesexplanation",
    ),
    (
        Section::Rest,
        "API工具 api工具 如何获得此api faq 常见问题 相关api api变更历史 变更历史 返回顶部 apitools apitool \
         howtogetthisapi howtogetapi tools relatedapis changehistory",
    ),
];

/// The titles of each column, the site's first.
const COLUMNS: [(Column, &str); 6] = [
    (Column::Name, "名称 参数名 参数名称 字段 字段名 字段名称 参数 name parameter parametername field fieldname"),
    (Column::Type, "类型 数据类型 参数类型 字段类型 type datatype parametertype"),
    (Column::Required, "是否必须 是否必需 是否必选 是否必填 必须 必选 必填 required isrequired mandatory required?"),
    (
        Column::Example,
        "示例值 示例 样例 样例值 例子 参数示例 example examplevalue examples sample samplevalue demovalue",
    ),
    (
        Column::Limits,
        "更多限制 限制 限制条件 约束 limits limit restrictions restriction morerestrictions morelimits \
         constraints",
    ),
    (Column::Description, "描述 说明 参数描述 参数说明 字段描述 字段说明 备注 description desc remark explanation"),
];

const ERROR_COLUMNS: [&str; 3] = [
    "错误码 错误代码 异常码 code errorcode",
    "错误描述 错误信息 描述 说明 message errormessage description errordescription errormsg",
    "解决方案 解决办法 处理方案 处理建议 solution solutions",
];

/// The tab titles of a sample (docs/pages.md, "Samples"), folded. On pages they are bullets, or separate lines.
const TABS: &str = "\
    java java8 .net .net6 c# php php7 curl python python2 python3 c/c++ c++ nodejs node.js go golang \
    http xml示例 json示例 xml json xmlexample jsonexample";

/// Returns whether a line is the title of a sample's tab.
pub(crate) fn is_tab(line: &str) -> bool {
    line.len() < 24 && is_among(TABS, &folded(line))
}

/// Returns whether a text says that a section is empty.
pub(crate) fn says_none(text: &str) -> bool {
    let word = folded(text.trim_end_matches(['。', '.', '!', '！']));
    let word = word.trim_matches(['(', ')', '（', '）', '-', '/', '_', '—', '\\']);
    if word.is_empty() || is_among(NONE, word) {
        return true;
    }
    let rest = without_any_of("本接口 该接口 此接口 接口 本api 该api 此api", word).unwrap_or(word);
    let is_english = rest.starts_with("no");
    let Some(mut rest) = without_any_of("暂无 没有 无需 无 不需要 不返回 no", rest) else { return false };
    while let Some(shorter) = without_any_of(KINDS, rest) {
        rest = shorter;
    }
    if rest.is_empty() {
        !is_english
    } else {
        is_among("参数 参 数据 内容 值 结果 parameters parameter data", rest)
    }
}

/// Returns the rest of a text that begins with one of these words.
fn without_any_of<'t>(words: &str, text: &'t str) -> Option<&'t str> {
    words.split_ascii_whitespace().find_map(|word| text.strip_prefix(word))
}

/// Texts that stand for "nothing".
const NONE: &str = "空 null none nil n/a na empty";

/// Words that may come between "no" and "parameters".
const KINDS: &str = "\
    任何 其他 其它 特殊 额外 请求 返回 响应 输入 输出 传入 业务 应用级 入 出 request response business";

/// Returns the section that a heading begins.
pub(crate) fn section(heading: &str) -> Option<Section> {
    let word = folded(heading);
    if word.len() > 64 {
        return None;
    }
    HEADINGS.iter().find(|(_, words)| is_among(words, &word)).map(|(section, _)| *section)
}

/// Returns the column that a title names.
pub(crate) fn column(title: &str) -> Option<Column> {
    let word = folded(title);
    COLUMNS.iter().find(|(_, words)| is_among(words, &word)).map(|(column, _)| *column)
}

/// Returns the column of the error code table that a title names, as an index: code, message or solution.
pub(crate) fn error_column(title: &str) -> Option<usize> {
    let word = folded(title);
    ERROR_COLUMNS.iter().position(|words| is_among(words, &word))
}

/// Returns whether this is a basic type name, which a leaf may have.
pub(crate) fn is_basic(type_name: &str) -> bool {
    Basic::of(type_name).is_some()
}

/// Returns whether the cell 是否必须 says that a parameter is required, or `None` for other words.
pub(crate) fn required(cell: &str) -> Option<bool> {
    let word = cell.trim().to_ascii_lowercase();
    if is_among("必须 必需 必选 必填 是 required true yes mandatory y", &word) {
        Some(true)
    } else if is_among("可选 非必须 非必选 非必填 选填 否 特殊可选 optional false no n", &word) {
        Some(false)
    } else {
        None
    }
}

/// Returns whether a line reads like a line of the cell 更多限制: a known label, a colon, a value.
pub(crate) fn is_limit(line: &str) -> bool {
    limit(line).is_some_and(|(label, _)| is_limit_label(label))
}

/// Returns whether this is the label of a limit.
pub(crate) fn is_limit_label(label: &str) -> bool {
    set_limit(&mut Limits::default(), label, "0").is_ok()
}

/// Adds one line of the cell 更多限制 to the limits. Fails if it is not a valid limit.
pub(crate) fn add_limit(limits: &mut Limits, line: &str) -> Result<(), ()> {
    let (label, value) = limit(line).ok_or(())?;
    set_limit(limits, label, value)
}

/// Sets the limit with this label from its text. Fails if the label is unknown, if a numeric limit has no number, or if
/// the limit is already set.
pub(crate) fn set_limit(limits: &mut Limits, label: &str, value: &str) -> Result<(), ()> {
    fn put<T>(place: &mut Option<T>, value: Option<T>) -> Result<(), ()> {
        if place.is_some() || value.is_none() {
            return Err(());
        }
        *place = value;
        Ok(())
    }
    match folded(label).as_str() {
        "默认值" | "default" | "defaultvalue" => put(&mut limits.default, Some(value.to_owned())),
        "最大长度" | "maxlength" | "maximumlength" => put(&mut limits.max_length, value.parse().ok()),
        "最大列表长度" | "maxlistsize" | "maxlistlength" | "maximumlistsize" | "maximumlistlength" => {
            put(&mut limits.max_list_size, value.parse().ok())
        }
        "最小值" | "minvalue" | "min" | "minimum" | "minimumvalue" => put(&mut limits.min, Some(value.to_owned())),
        "最大值" | "maxvalue" | "max" | "maximum" | "maximumvalue" => put(&mut limits.max, Some(value.to_owned())),
        _ => Err(()),
    }
}

fn limit(line: &str) -> Option<(&str, &str)> {
    let (at, colon) = line.char_indices().find(|(_, letter)| matches!(letter, ':' | '：'))?;
    Some((line[..at].trim(), line[at + colon.len_utf8()..].trim()))
}

/// Returns whether a text can be a parameter's name. Dots and dashes occur (`dimission.employee`), blanks do not.
pub(crate) fn is_name(text: &str) -> bool {
    text.len() <= 128 && is_identifier(text, "_.-$")
}

/// Returns whether a character is drawn before a leaf's name: the site's `└`, or another box-drawing character.
pub(crate) fn is_branch(letter: char) -> bool {
    matches!(letter, '\u{2500}'..='\u{257f}')
}

/// Returns whether a text can be the cell 类型: a basic type or a class name, optionally followed by `[]`.
pub(crate) fn is_type(text: &str) -> bool {
    let word = text.trim_end().strip_suffix("[]").unwrap_or(text).trim();
    matches!(word, "Field List" | "byte[]") || (word.len() <= 160 && is_identifier(word, "_.$<>,"))
}

/// Returns whether a text can be a method: words with dots, such as `taobao.item.seller.get` or
/// `slb.aliyuncs.com.SetLoadBalancerName.2013-02-21`.
pub(crate) fn is_method(text: &str) -> bool {
    text.len() <= 200
        && is_identifier(text, "_.-")
        && text.contains('.')
        && !text.starts_with('_')
        && text.split('.').all(|word| !word.is_empty())
}

/// Returns whether a text begins with an ASCII letter or `_`, and has only ASCII letters, digits and these signs.
fn is_identifier(text: &str, signs: &str) -> bool {
    text.starts_with(|letter: char| letter.is_ascii_alphabetic() || letter == '_')
        && text.chars().all(|letter| letter.is_ascii_alphanumeric() || signs.contains(letter))
}

/// Splits `METHOD (title)`. The title's parentheses may be full-width or missing. The `bool` is whether the whole text
/// has this form.
pub(crate) fn method_and_title(text: &str) -> Option<(String, String, bool)> {
    let text = text.trim();
    let end = text.find(|letter: char| letter.is_whitespace() || matches!(letter, '(' | '（')).unwrap_or(text.len());
    let (method, rest) = text.split_at(end);
    if !is_method(method) {
        return None;
    }
    let rest = rest.trim();
    let inner = rest.strip_prefix(['(', '（']).and_then(|rest| rest.strip_suffix([')', '）'])).map(one_line);
    let whole = inner.is_some() || rest.is_empty();
    Some((method.to_owned(), inner.unwrap_or_else(|| rest.to_owned()), whole))
}

/// Returns the last step of a breadcrumb, which is a category.
pub(crate) fn last_crumb(crumbs: &str) -> Option<String> {
    let steps = crumbs.split(['>', '›', '»', '＞']).map(str::trim).filter(|step| !step.is_empty());
    steps.skip(1).last().filter(|step| !is_method(step)).map(str::to_owned)
}

/// Replaces each run of white space by one blank.
pub(crate) fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Truncates a text to 60 characters, for a message.
pub(crate) fn clip(text: &str) -> String {
    if text.chars().count() <= 60 { text.to_owned() } else { text.chars().take(57).chain("...".chars()).collect() }
}

/// Returns whether a word in lower case is in a list separated by blanks.
fn is_among(words: &str, word: &str) -> bool {
    !word.is_empty() && words.split_ascii_whitespace().any(|other| other == word)
}

/// Returns the first word of a list.
fn first(words: &'static str) -> &'static str {
    words.split(' ').next().unwrap_or_default()
}

/// Returns a heading or title folded for comparison: no blanks, lower case, no colon or mark at its ends.
fn folded(text: &str) -> String {
    let text = text.trim().trim_matches([':', '：', '▾', '▸', '▼', '▶', '*', '#', '\u{feff}']);
    text.chars().take(80).filter(|letter| !letter.is_whitespace()).flat_map(char::to_lowercase).collect()
}

#[cfg(test)]
mod tests {
    use super::{Section, add_limit, method_and_title, section};
    use topsdk_spec::Limits;

    #[test]
    fn headings_are_known_by_their_words() {
        assert_eq!(section(" 响应参数： "), Some(Section::Response));
        assert_eq!(section("Response Parameters"), Some(Section::Response));
        assert_eq!(section("API工具"), Some(Section::Rest));
        assert_eq!(section("响应参数见下"), None);
    }

    #[test]
    fn a_section_may_say_that_it_is_empty() {
        for text in [
            "无",
            "暂无。",
            "（无）",
            "-",
            "无请求参数",
            "没有业务参数",
            "None.",
            "No parameters",
            "N/A",
            "本接口无返回参数",
            "该接口没有任何入参。",
            "此 API 无需传入参数",
            "无返回值",
            "无其他业务请求参数",
            "No request parameters.",
        ] {
            assert!(super::says_none(text), "{text}");
        }
        for text in
            ["无线端 String", "fields", "没有权限时返回", "无限制", "no", "no Number", "接口", "本接口返回参数", "node"]
        {
            assert!(!super::says_none(text), "{text}");
        }
    }

    #[test]
    fn a_title_may_hold_parentheses_and_blanks() {
        let read = |text| method_and_title(text).unwrap();
        assert_eq!(read("a.b (退款(逆向))"), ("a.b".to_owned(), "退款(逆向)".to_owned(), true));
        assert_eq!(read("a.b（标题）"), ("a.b".to_owned(), "标题".to_owned(), true));
        assert_eq!(read("a.b"), ("a.b".to_owned(), String::new(), true));
        assert!(!read("a.b 将于明天下线").2);
        assert_eq!(method_and_title("淘宝开放平台"), None);
    }

    #[test]
    fn limits_take_both_colons_and_refuse_what_is_unknown() {
        let mut limits = Limits::default();
        assert_eq!(add_limit(&mut limits, "最大长度：32"), Ok(()));
        assert_eq!(add_limit(&mut limits, "默认值: a:b"), Ok(()));
        assert_eq!(add_limit(&mut limits, "支持的最大列表：3"), Err(()));
        assert_eq!(add_limit(&mut limits, "最大列表长度：many"), Err(()));
        assert_eq!((limits.max_length, limits.default.as_deref(), limits.max_list_size), (Some(32), Some("a:b"), None));
    }
}
