using System.Globalization;
using Rollcall.Agent.Go;
using Rollcall.Agent.Go.Expressions;

namespace Rollcall.Agent.Filter;

/// <summary>Makes a predicate of a filter, or the error that Consul answers with.</summary>
internal static class FilterCompiler
{
    /// <summary>The largest size of the regular expressions of a client's filter together.</summary>
    // Twice what the largest repetition takes that Go knows. More than this would be asked of each row.
    public const int MaxPatterns = 2000;

    /// <summary>Filters whose regular expressions are larger than this together are computed by turns.</summary>
    // More than anybody types, and 4 KB of text still take a few milliseconds at most.
    public const int MaxOrdinaryPatterns = 100;

    private const string Prefix = "Failed to create boolean expression evaluator: ";

    /// <param name="text">The filter; empty lets everything through.</param>
    /// <param name="fields">What it may name.</param>
    /// <param name="error">What to tell the client, if the result is null.</param>
    /// <param name="patterns">The size of its regular expressions together.</param>
    /// <param name="isLate">Whether Consul reads the filter first here, and looks later for what it names: an error in that is bare.</param>
    public static Func<T, bool>? TryCompile<T>(string text, FilterFields<T> fields, out string error, out int patterns, bool isLate = false)
    {
        var room = new Room(MaxPatterns);
        var matches = TryCompile(text, fields, room, Prefix, isLate ? "" : Prefix, out error);
        patterns = MaxPatterns - room.Left;
        return matches;
    }

    /// <summary>The same of what an administrator wrote, with the bare error.</summary>
    public static Func<T, bool>? TryCompileSelector<T>(string text, FilterFields<T> fields, out string error) => TryCompile(text, fields, new Room(int.MaxValue), "", "", out error);

    private static Func<T, bool>? TryCompile<T>(string text, FilterFields<T> fields, Room room, string syntaxPrefix, string fieldPrefix, out string error)
    {
        error = "";
        if (text.Length == 0)
        {
            return static _ => true;
        }

        var prefix = syntaxPrefix;
        try
        {
            var expression = FilterParser.Parse(text);
            prefix = fieldPrefix;
            return Compile(expression, fields, room);
        }
        catch (FilterSyntaxException exception)
        {
            error = prefix + exception.Message;
            return null;
        }
    }

    private static Func<T, bool> Compile<T>(FilterExpression expression, FilterFields<T> fields, Room room)
    {
        switch (expression)
        {
            case FilterExpression.And and:
                var all = Compile(and.Terms, fields, room);
                return item => Array.TrueForAll(all, term => term(item));
            case FilterExpression.Or or:
                var some = Compile(or.Terms, fields, room);
                return item => Array.Exists(some, term => term(item));
            case FilterExpression.Not not:
                var inner = Compile(not.Inner, fields, room);
                return item => !inner(item);
            default:
                return Compile((FilterExpression.Match)expression, fields, room);
        }
    }

    private static Func<T, bool>[] Compile<T>(IReadOnlyList<FilterExpression> terms, FilterFields<T> fields, Room room) =>
        [.. terms.Select(term => Compile(term, fields, room))];

    private static Func<T, bool> Compile<T>(FilterExpression.Match match, FilterFields<T> fields, Room room)
    {
        var selector = string.Join('.', match.Selector);
        var field = fields.Find(match.Selector, out var rest, out var known);
        var isMapValue = field?.Kind is FilterKind.Map or FilterKind.ListMap && rest.Count == 1;
        if (field is null || (rest.Count > 0 && !isMapValue))
        {
            // Named up to the part that is wrong.
            var wrong = field is null ? match.Selector[0] : field.Kind is FilterKind.Map or FilterKind.ListMap or FilterKind.RecordMap ? selector : $"{known}.{rest[0]}";
            throw new FilterSyntaxException($"Selector \"{wrong}\" is not valid");
        }

        var kind = !isMapValue ? field.Kind : field.Kind == FilterKind.Map ? FilterKind.Text : FilterKind.List;
        var test = Test(match, kind, selector, room);
        var negated = match.Negated;

        // With several records in a list, one that fits is enough, also for a negated question.
        if (kind == FilterKind.Records)
        {
            return item => field.Get(item).Any() == negated;
        }

        // A key that is not there equals nothing and is empty; of a pattern it is said that it matches, and that it does not.
        var missing = match.Operator switch { FilterOperator.Matches => true, FilterOperator.Empty => !negated, _ => negated };
        if (isMapValue)
        {
            var key = rest[0];
            return item => field.Get(item).Any(value => ValueOf(value, key) is { } found ? test(found) ^ negated : missing);
        }

        return item => field.Get(item).Any(value => value is null && kind is (FilterKind.Text or FilterKind.Number) ? missing : test(value) ^ negated);
    }

    private static Func<object?, bool> Test(FilterExpression.Match match, FilterKind kind, string selector, Room room)
    {
        var value = match.Value;
        switch (match.Operator, kind)
        {
            case (FilterOperator.Equal, FilterKind.Text):
                return actual => (string?)actual == value;
            case (FilterOperator.Equal, FilterKind.Number):
                var number = Number(value, selector);
                return actual => (string?)actual == number;
            case (FilterOperator.Equal, FilterKind.Bool):
                var boolean = Bool(value, selector);
                return actual => (string?)actual == boolean;
            case (FilterOperator.In, FilterKind.Text):
                return actual => ((string?)actual)?.Contains(value, StringComparison.Ordinal) == true;
            case (FilterOperator.In, FilterKind.List):
                return actual => ((IReadOnlyList<string>)actual!).Contains(value);
            case (FilterOperator.In, FilterKind.Map):
                return actual => actual is IReadOnlyDictionary<string, string> map && map.ContainsKey(value);
            case (FilterOperator.Matches, FilterKind.Text):
                var pattern = Pattern(value, room);
                return actual => pattern.IsMatch((string)actual!);
            case (FilterOperator.Empty, FilterKind.List):
                return actual => ((IReadOnlyList<string>)actual!).Count == 0;
            case (FilterOperator.Empty, FilterKind.Map):
                return actual => actual is not IReadOnlyDictionary<string, string> { Count: > 0 };
            case (FilterOperator.In, FilterKind.RecordMap):
                return actual => ((IEnumerable<string>)actual!).Contains(value);
            case (FilterOperator.Empty, FilterKind.RecordMap):
                return actual => !((IEnumerable<string>)actual!).Any();
            case (FilterOperator.In, FilterKind.ListMap):
                return actual => ((IReadOnlyDictionary<string, IReadOnlyList<string>>)actual!).ContainsKey(value);
            case (FilterOperator.Empty, FilterKind.ListMap):
                return actual => ((IReadOnlyDictionary<string, IReadOnlyList<string>>)actual!).Count == 0;
            case (FilterOperator.Empty, FilterKind.Records):
                return static _ => false;
            default:
                throw new FilterSyntaxException($"Invalid match operator \"{Name(match)}\" for selector \"{selector}\"");
        }
    }

    private static object? ValueOf(object? value, string key) => value switch
    {
        IReadOnlyDictionary<string, string> map => map.GetValueOrDefault(key),
        IReadOnlyDictionary<string, IReadOnlyList<string>> map => map.GetValueOrDefault(key),
        _ => null,
    };

    private static string Number(string value, string selector) =>
        GoInteger.Read(value, out var error) is { } number
            ? number.ToString(CultureInfo.InvariantCulture)
            : throw new FilterSyntaxException($"Failed to coerce value \"{value}\" for selector \"{selector}\": strconv.ParseInt: parsing \"{value}\": {error}");

    private static string Bool(string value, string selector) => GoBool.Read(value) switch
    {
        true => "true",
        false => "false",
        null => throw new FilterSyntaxException(
            $"Failed to coerce value \"{value}\" for selector \"{selector}\": strconv.ParseBool: parsing \"{value}\": invalid syntax"),
    };

    private static GoRegex Pattern(string value, Room room)
    {
        if (!GoRegex.TryParse(value, out var regex, out var error))
        {
            throw new FilterSyntaxException($"Failed to compile regular expression \"{value}\": {error}");
        }

        room.Left -= regex.Size;
        return room.Left >= 0 ? regex : throw new FilterSyntaxException(
            $"Regular expressions of a filter may have {MaxPatterns} characters together, repetitions written out: use shorter ones, or ask several times");
    }

    private static string Name(FilterExpression.Match match) => (match.Operator, match.Negated) switch
    {
        (FilterOperator.Equal, false) => "Equal",
        (FilterOperator.Equal, true) => "Not Equal",
        (FilterOperator.In, false) => "In",
        (FilterOperator.In, true) => "Not In",
        (FilterOperator.Matches, false) => "Matches",
        (FilterOperator.Matches, true) => "Not Matches",
        (_, false) => "Is Empty",
        _ => "Is Not Empty",
    };

    /// <summary>What regular expressions may still take of <see cref="MaxPatterns"/>.</summary>
    private sealed class Room(int left)
    {
        public int Left { get; set; } = left;
    }
}
