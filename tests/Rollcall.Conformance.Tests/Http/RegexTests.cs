using System.Globalization;
using System.Text.Json;

namespace Rollcall.Conformance.Tests.Http;

/// <summary>Regular expressions are Go's, read off Consul 1.8.7.</summary>
public class RegexTests(Agents agents) : IClassFixture<Agents>
{
    private static readonly string[] s_texts =
        ["abc", "ABC", "a\n", "\u00E9", "9\u0663", "a b_c", "K\u212A", "\U0001F600x", "[:a]", "a.b", "", "\u017F", "a\u00A0b", "a\u00E9a"];

    // The numbers of the texts that match, or the fault.
    private static readonly (string Pattern, string Expected)[] s_rows =
    [
        ("[[:alpha:]]", "00 01 02 05 06 07 08 09 12 13"),
        ("[[:^alpha:]]", "02 03 04 05 06 07 08 09 11 12 13"),
        ("^[[:upper:]]+$", "01"),
        ("\\pL", "00 01 02 03 05 06 07 08 09 11 12 13"),
        ("^\\p{L}+$", "00 01 03 06 11 13"),
        ("^\\PL+$", "04"),
        ("\\p{^L}", "02 04 05 07 08 09 12"),
        ("^\\p{Lu}", "01 06"),
        ("\\p{Nope}", "! invalid character class range: `\\p{Nope}`"),
        ("\\pN", "04"),
        ("(?P<n>abc)", "00"),
        ("(?<n>abc)", "! invalid or unsupported Perl syntax: `(?<`"),
        ("a$", "13"),
        ("a\\z", "13"),
        ("a\\Z", "! invalid escape sequence: `\\Z`"),
        ("(?m)a$", "02 13"),
        ("(?m)^$", "02 10"),
        ("^\\d\\d$", ""),
        ("\\D", "00 01 02 03 04 05 06 07 08 09 11 12 13"),
        ("^\\w+$", "00 01"),
        ("\\W", "02 03 04 05 06 07 08 09 11 12 13"),
        ("a\\sb", "05"),
        ("\\S", "00 01 02 03 04 05 06 07 08 09 11 12 13"),
        ("\\bb", "05 09 12"),
        ("\\ba\\b", "02 05 08 09 12 13"),
        ("a\\B", "00"),
        ("^\\B", "03 07 08 10 11"),
        ("\\B", "00 01 02 03 04 05 06 07 08 10 11"),
        ("\\Qa.b\\E", "09"),
        ("\\Q[:\\E", "08"),
        ("\\Qa.", "09"),
        ("a\\Qb\\E?c", "00"),
        ("(?i)k", "06"),
        ("(?i)abc", "00 01"),
        ("(?i)s$", "11"),
        ("(?i:a)bc", "00"),
        ("(?i)^[k]+$", "06"),
        ("(?i)[^k]", "00 01 02 03 04 05 07 08 09 11 12 13"),
        ("^.$", "03 11"),
        ("^..$", "04 06 07"),
        ("(?s)^a.$", "02"),
        ("^a.$", ""),
        ("[^a]", "00 01 02 03 04 05 06 07 08 09 11 12 13"),
        ("(?U)a+", "00 02 05 08 09 12 13"),
        ("a++", "! invalid nested repetition operator: `++`"),
        ("a**", "! invalid nested repetition operator: `**`"),
        ("a*?", "00 01 02 03 04 05 06 07 08 09 10 11 12 13"),
        ("a(?i)*", "00 01 02 03 04 05 06 07 08 09 10 11 12 13"),
        ("x*", "00 01 02 03 04 05 06 07 08 09 10 11 12 13"),
        ("(", "! missing closing ): `(`"),
        ("(a", "! missing closing ): `(a`"),
        (")", "! unexpected ): `)`"),
        ("a)", "! unexpected ): `a)`"),
        ("[a", "! missing closing ]: `[a`"),
        ("[z-a]", "! invalid character class range: `z-a`"),
        ("[[:nope:]]", "! invalid character class range: `[:nope:]`"),
        ("*a", "! missing argument to repetition operator: `*`"),
        ("a|*", "! missing argument to repetition operator: `*`"),
        ("a{2,1}", "! invalid repeat count: `{2,1}`"),
        ("a{1001}", "! invalid repeat count: `{1001}`"),
        ("a{,2}", ""),
        ("a{01}", ""),
        ("(a{100}){11}", "! invalid repeat count: `{11}`"),
        ("(?:a{100}){10}", ""),
        ("(?:(?:x{600}){0,}){2}", "! invalid repeat count: `{2}`"),
        ("(?:x{600}){0,}(?i){2}", "! invalid repeat count: `{2}`"),
        ("(?:(?:x{600}){0}y{500}){2}", ""),
        ("(?=a)", "! invalid or unsupported Perl syntax: `(?=`"),
        ("(?!a)", "! invalid or unsupported Perl syntax: `(?!`"),
        ("(?<=a)b", "! invalid or unsupported Perl syntax: `(?<`"),
        ("(?>a)", "! invalid or unsupported Perl syntax: `(?>`"),
        ("(a)\\1", "! invalid escape sequence: `\\1`"),
        ("\\8", "! invalid escape sequence: `\\8`"),
        ("\\07", ""),
        ("\\x61", "00 02 05 08 09 12 13"),
        ("\\x{1F600}", "07"),
        ("\\x{110000}", "! invalid escape sequence: `\\x{110000`"),
        ("\\xg", "! invalid escape sequence: `\\xg`"),
        ("\\a", ""),
        ("\\e", "! invalid escape sequence: `\\e`"),
        ("\\_", "05"),
        ("(?P<>a)", "! invalid named capture: `(?P<>`"),
        ("(?P<n", "! invalid named capture: `(?P<n`"),
        ("(?P=n)", "! invalid or unsupported Perl syntax: `(?P`"),
        ("(?z)", "! invalid or unsupported Perl syntax: `(?z`"),
        ("(?i-s:a)", "00 01 02 05 08 09 12 13"),
        ("(?-)", "! invalid or unsupported Perl syntax: `(?-)`"),
        ("(?i", "! invalid or unsupported Perl syntax: `(?i`"),
        ("[]a]", "00 02 05 08 09 12 13"),
        ("[^]a]", "00 01 02 03 04 05 06 07 08 09 11 12 13"),
        ("[a-]", "00 02 05 08 09 12 13"),
        ("[-a]", "00 02 05 08 09 12 13"),
        ("[\\d-z]", "04"),
        ("[a-\\d]", "! invalid escape sequence: `\\d`"),
        ("[\\pL]", "00 01 02 03 05 06 07 08 09 11 12 13"),
        ("[^\\x00-\\x{10FFFF}]", ""),
        ("[\u00E9-\u00FC]", "03 13"),
        ("[\U0001F600-\U0001F602]", "07"),
        ("^[^a]x$", "07"),
        ("\\C", "! invalid escape sequence: `\\C`"),
        ("[\\b]", "! invalid escape sequence: `\\b`"),
        ("[\\Q]", "! invalid escape sequence: `\\Q`"),
        ("a\\", "! trailing backslash at end of expression: ``"),
        ("\U0001F600?x", "07"),
        ("(?i)\u00C9", "03 13"),
        ("a{2}{3}", "! invalid nested repetition operator: `{2}{3}`"),
        ("a{1}?", "00 02 05 08 09 12 13"),
        ("^*a", "00 02 05 08 09 12 13"),
        ("$+", "00 01 02 03 04 05 06 07 08 09 10 11 12 13"),
        ("(|a)+", "00 01 02 03 04 05 06 07 08 09 10 11 12 13"),
        ("()", "00 01 02 03 04 05 06 07 08 09 10 11 12 13"),
        (".{3}", "00 01 05 08 09 12 13"),
        ("(?#c)", "! invalid or unsupported Perl syntax: `(?#`"),
        ("a # b", ""),
        ("(?x)a", "! invalid or unsupported Perl syntax: `(?x`"),
        ("[a&&b]", "00 02 05 08 09 12 13"),
        ("[a-z-[b]]", "08"),
        ("\\pL{1,2}x", ""),
        ("[\\w-]", "00 01 02 04 05 06 07 08 09 12 13"),
        ("\\p{Any}", "00 01 02 03 04 05 06 07 08 09 11 12 13"),
        ("\\p", "! invalid character class range: `\\p`"),
        ("\\p{L", "! invalid character class range: `\\p{L`"),
        ("[[:alpha:]-z]", "00 01 02 05 06 07 08 09 12 13"),
        ("(?sm:^.$)", "02 03 11"),
        ("[[:word:]]+$", "00 01 05 07 09 12 13"),
        ("^[\\s\\S]$", "03 11"),
    ];

    [Theory]
    [OnEmbedded]
    [OnConsul]
    public async Task Filter_MatchesWhatGoMatches_AndRefusesWhatItRefuses(AgentKind kind)
    {
        var agent = await agents.GetAsync(kind);
        foreach (var (i, text) in s_texts.Index())
        {
            var meta = JsonSerializer.Serialize(text);
            await agent.PutAsync(
                "/v1/catalog/register",
                $$"""{"Node":"regex","Address":"10.0.0.1","Service":{"ID":"{{i.ToString("00", CultureInfo.InvariantCulture)}}","Service":"regex","Meta":{"v":{{meta}} } } }""");
        }

        var found = new List<(string, string)>();
        foreach (var (pattern, _) in s_rows)
        {
            var answer = await agent.GetAsync($"/v1/catalog/service/regex?filter={Uri.EscapeDataString($"ServiceMeta.v matches `{pattern}`")}");
            found.Add((pattern, answer.Status == 200
                ? string.Join(' ', answer.Json!.AsArray().Select(entry => (string)entry!["ServiceID"]!))
                : $"! {answer.Text.Split("error parsing regexp: ")[^1]}"));
        }

        Assert.Equal(s_rows.Except(found), found.Except(s_rows));
    }

    // Of scripts .NET knows nothing.
    [Theory]
    [OnEmbedded]
    public async Task Script_IsRefused(AgentKind kind)
    {
        var answer = await (await agents.GetAsync(kind)).GetAsync(@"/v1/catalog/nodes?filter=Node+matches+%60%5Cp%7BGreek%7D%60");

        Assert.Equal(500, answer.Status);
        Assert.EndsWith(@"error parsing regexp: invalid character class range: `\p{Greek}`", answer.Text, StringComparison.Ordinal);
    }
}
