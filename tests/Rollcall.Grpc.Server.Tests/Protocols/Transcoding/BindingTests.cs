using System.Net;

namespace Rollcall.Grpc.Server.Tests.Protocols.Transcoding;

public sealed class BindingTests
{
    private const string Search = "/v1/search?";

    [Theory]
    [InlineData("name=a%20b%2Bc", "name", "\"a b+c\"")]
    [InlineData("flag=true", "flag", "true")]
    [InlineData("int32Value=-7", "int32Value", "-7")]
    [InlineData("int32_value=2147483647", "int32Value", "2147483647")]
    [InlineData("int64_value=-9223372036854775808", "int64Value", "\"-9223372036854775808\"")]
    [InlineData("uint32_value=4294967295", "uint32Value", "4294967295")]
    [InlineData("uint64_value=18446744073709551615", "uint64Value", "\"18446744073709551615\"")]
    [InlineData("int32_value=1e2", "int32Value", "100")]
    [InlineData("int32_value=007", "int32Value", "7")]
    [InlineData("int32_value=-007", "int32Value", "-7")]
    [InlineData("uint32_value=-0", "uint32Value", "0")]
    [InlineData("double_value=00.5", "doubleValue", "0.5")]
    [InlineData("int64_value=-7.0", "int64Value", "\"-7\"")]
    [InlineData("uint64_value=1.8e19", "uint64Value", "\"18000000000000000000\"")]
    [InlineData("sfixed32_value=-1", "sfixed32Value", "-1")]
    [InlineData("float_value=1.5e3", "floatValue", "1500")]
    [InlineData("double_value=-Infinity", "doubleValue", "\"-Infinity\"")]
    [InlineData("double_value=NaN", "doubleValue", "\"NaN\"")]
    [InlineData("bytes_value=-_8", "bytesValue", "\"+/8=\"")]
    [InlineData("bytes_value=%2B%2F8%3D", "bytesValue", "\"+/8=\"")]
    [InlineData("genre=GENRE_ESSAY", "genre", "\"GENRE_ESSAY\"")]
    [InlineData("genre=1", "genre", "\"GENRE_NOVEL\"")]
    [InlineData("genre=77", "genre", "77")]
    [InlineData("genres=GENRE_NOVEL&genres=2", "genres", "[ \"GENRE_NOVEL\", \"GENRE_ESSAY\" ]")]
    [InlineData("text.other=a&text.value=b", "text", "\"b\"")]
    [InlineData("numbers=1&numbers=2&numbers=3", "numbers", "[ 1, 2, 3 ]")]
    [InlineData("place.shelf=3&place.room=hall", "place", "{ \"shelf\": 3, \"room\": \"hall\", \"neighbours\": [ ] }")]
    [InlineData("at=2020-02-29T12:00:00Z", "at", "\"2020-02-29T12:00:00Z\"")]
    [InlineData("age=1.5s", "age", "\"1.500s\"")]
    [InlineData("mask=place.room,name", "mask", "\"place.room,name\"")]
    [InlineData("mask=create_time,place.roomNumber,,a.b_c", "mask", "\"createTime,place.roomNumber,a.bC\"")]
    [InlineData("mask=fooBar.baz_qux,foo_bar.bazQux", "mask", "\"fooBar.bazQux,fooBar.bazQux\"")]
    [InlineData("text=", "text", "\"\"")]
    [InlineData("count=5", "count", "\"5\"")]
    [InlineData("switch=false", "switch", "false")]
    [InlineData("left=l", "left", "\"l\"")]
    [InlineData("maybe=", "maybe", "\"\"")]
    [InlineData("swapped.a=10", "swapped", "{ \"b\": 0, \"a\": 10, \"d\": 0 }")]
    [InlineData("swapped.b=10&swapped.a=20", "swapped", "{ \"b\": 10, \"a\": 20, \"d\": 0 }")]
    [InlineData("swapped.c=10", "swapped", "{ \"b\": 0, \"a\": 0, \"d\": 10 }")]
    [InlineData("unknown=1&place.unknown=2&flag=true", "flag", "true")]
    public async Task QueryParameter_IsBoundToTheField(string query, string field, string expected)
    {
        await using var library = await LibraryServer.StartAsync();

        Assert.Equal(expected, (await library.CallAsync("GET", Search + query)).GetProperty(field).GetRawText());
    }

    public static TheoryData<string, string, string, string> Wrappers => new()
    {
        { "double", "wrappedDouble", "1.5", "1.5" },
        { "float", "wrappedFloat", "2.5", "2.5" },
        { "int64", "count", "9007199254740993", "\"9007199254740993\"" },
        { "uint64", "wrappedUint64", "18446744073709551615", "\"18446744073709551615\"" },
        { "int32", "wrappedInt32", "-7", "-7" },
        { "uint32", "wrappedUint32", "4294967295", "4294967295" },
        { "bool", "switch", "true", "true" },
        { "string", "text", "t", "\"t\"" },
        { "bytes", "wrappedBytes", "AQI", "\"AQI=\"" },
    };

    [Theory]
    [MemberData(nameof(Wrappers))]
    public async Task ValueOfAWrapper_IsTheWrapper(string type, string field, string text, string expected)
    {
        await using var library = await LibraryServer.StartAsync();

        Assert.Equal(expected, (await library.CallAsync("GET", $"{Search}{field}.value={text}")).GetProperty(field).GetRawText());
        Assert.Equal(expected, (await library.CallAsync("GET", $"/v1/wrapped/{type}/{text}")).GetProperty(field).GetRawText());

        // The path has it: what the query says of it, by whatever name, is passed over.
        Assert.Equal(expected, (await library.CallAsync("GET", $"/v1/wrapped/{type}/{text}?{field}=*")).GetProperty(field).GetRawText());
        Assert.Contains($"'{field}.value.value'", await library.RefusedAsync("GET", $"{Search}{field}.value.value=1"), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("flag=yes", "'flag'", "true or false")]
    [InlineData("flag=", "'flag'", "true or false")]
    [InlineData("int32_value=2147483648", "'int32_value'", "int32")]
    [InlineData("int32_value=1.5", "'int32_value'", "int32")]
    [InlineData("int32_value=%2B5", "'int32_value'", "int32")]
    [InlineData("int32_value=0x5", "'int32_value'", "int32")]
    [InlineData("int32_value=--05", "'int32_value'", "int32")]
    [InlineData("int32_value=", "'int32_value'", "int32")]
    [InlineData("int32_value=-", "'int32_value'", "int32")]
    [InlineData("int32_value=5%00", "'int32_value'", "int32")]
    [InlineData("int32_value=%D9%A3", "'int32_value'", "int32")]
    [InlineData("int32_value=%E2%88%925", "'int32_value'", "int32")]
    [InlineData("int32_value=NaN", "'int32_value'", "int32")]
    [InlineData("double_value=%2B1.5", "'double_value'", "double")]
    [InlineData("double_value=.5", "'double_value'", "double")]
    [InlineData("double_value=1.", "'double_value'", "double")]
    [InlineData("genre=%2B1", "'genre'", "rollcall.test.library.Genre")]
    [InlineData("bytes_value=+/8=", "'bytes_value'", "base64")]
    [InlineData("uint32_value=-1", "'uint32_value'", "uint32")]
    [InlineData("uint64_value=18446744073709551616", "'uint64_value'", "uint64")]
    [InlineData("float_value=1e39", "'float_value'", "float")]
    [InlineData("double_value=1e999", "'double_value'", "double")]
    [InlineData("double_value=0x1", "'double_value'", "double")]
    [InlineData("bytes_value=%25", "'bytes_value'", "base64")]
    [InlineData("genre=GENRE_NONE", "'genre'", "rollcall.test.library.Genre")]
    [InlineData("numbers=1&numbers=x", "'numbers'", "int32")]
    [InlineData("name=a&name=b", "'name'", "more than once")]
    [InlineData("text=a&text.value=b", "'text.value'", "more than once")]
    [InlineData("int32_value=1&int32Value=2", "'int32Value'", "more than once")]
    [InlineData("place.shelf=1&place.shelf=2", "'place.shelf'", "more than once")]
    [InlineData("count.value=x", "'count.value'", "int64")]
    [InlineData("place=x", "'place'", "set its fields")]
    [InlineData("place.shelf=x", "'place.shelf'", "int32")]
    [InlineData("place.neighbours.shelf=1", "'place.neighbours.shelf'", "not a single message")]
    [InlineData("name.x=1", "'name.x'", "not a single message")]
    [InlineData("labels=x", "'labels'", "a map")]
    [InlineData("at=yesterday", "'at'", "a time as")]
    [InlineData("age=5", "'age'", "seconds as")]
    [InlineData("mask=name,foo_barBaz", "'mask'", "names of fields")]
    [InlineData("mask=foo__bar", "'mask'", "names of fields")]
    [InlineData("count=many", "'count'", "int64")]
    [InlineData("left=1&right=2", "'right'", "oneof 'choice'")]
    public async Task WrongQueryParameter_IsNamed(string query, string name, string expected)
    {
        await using var library = await LibraryServer.StartAsync();

        var message = await library.RefusedAsync("GET", Search + query);

        Assert.Contains($"query parameter {name}", message, StringComparison.Ordinal);
        Assert.Contains(expected, message, StringComparison.Ordinal);
    }

    // Names of fields differ in letter case; another one is an unknown name.
    [Theory]
    [InlineData("int32_value=1&INT32_VALUE=2")]
    [InlineData("INT32_VALUE=2&int32_value=1")]
    [InlineData("Int32Value=2&INT32_value=x&int32Value=1")]
    public async Task QueryParameterOfAnotherLetterCase_IsUnknown(string query)
    {
        await using var library = await LibraryServer.StartAsync();

        Assert.Equal("1", (await library.CallAsync("GET", Search + query)).GetProperty("int32Value").GetRawText());
    }

    [Fact]
    public async Task QueryParameters_KeepTheirOrder()
    {
        await using var library = await LibraryServer.StartAsync();

        var query = await library.CallAsync("GET", $"{Search}numbers=3&name=a+b%26&&numbers=1&flag=true&numbers=2&=5");

        Assert.Equal("[ 3, 1, 2 ]", query.GetProperty("numbers").GetRawText());
        Assert.Equal("a b&", query.GetProperty("name").GetString());
    }

    [Fact]
    public async Task QueryParameterOfTooManyNames_IsRefusedAndNamedInShort()
    {
        await using var library = await LibraryServer.StartAsync();

        var message = await library.RefusedAsync("GET", $"{Search}place.{Repeat("up.", 2000)}shelf=1");
        using var deepest = await library.SendAsync("GET", $"{Search}place.{Repeat("up.", 98)}shelf=1");

        Assert.StartsWith("The query parameter 'place.up.up.", message, StringComparison.Ordinal);
        Assert.EndsWith("…' is wrong: it has more than 100 names.", message, StringComparison.Ordinal);
        Assert.InRange(message.Length, 100, 200);
        Assert.Equal(HttpStatusCode.OK, deepest.StatusCode);
    }

    [Fact]
    public async Task PathVariables_HaveTheTypesOfTheirFields()
    {
        await using var library = await LibraryServer.StartAsync();

        var query = await library.CallAsync("GET", "/v1/search/GENRE_NOVEL/2020-01-01T00%3A00%3A00Z/9?genre=2&count=1");

        Assert.Equal("GENRE_NOVEL", query.GetProperty("genre").GetString());
        Assert.Equal("9", query.GetProperty("count").GetString());
        Assert.Contains("path variable 'count'", await library.RefusedAsync("GET", "/v1/search/0/2020-01-01T00:00:00Z/x"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task BodyStar_IsTheMessageAndLeavesNoQuery()
    {
        await using var library = await LibraryServer.StartAsync();

        var book = await library.CallAsync(
            "POST", "/v1/books?title=query", """{"name":"n","pages":"12","genre":2,"authors":["a","b"],"unknown":{"x":1},"place":{"shelf":1}}""");

        Assert.Equal("n", book.GetProperty("name").GetString());
        Assert.Equal("", book.GetProperty("title").GetString());
        Assert.Equal("12", book.GetProperty("pages").GetString());
        Assert.Equal("GENRE_ESSAY", book.GetProperty("genre").GetString());
        Assert.Equal(1, book.GetProperty("place").GetProperty("shelf").GetInt32());
    }

    [Fact]
    public async Task EmptyBody_IsTheEmptyMessage()
    {
        await using var library = await LibraryServer.StartAsync();

        Assert.Equal("", (await library.CallAsync("POST", "/v1/books", "")).GetProperty("name").GetString());
        Assert.Equal("", (await library.CallAsync("POST", "/v1/books", " ")).GetProperty("name").GetString());
        using var none = await library.Caller.SendAsync(HttpMethod.Post, "/v1/books", content: null, type: null);
        Assert.Equal(HttpStatusCode.OK, none.StatusCode);
    }

    [Theory]
    [InlineData("PATCH")]
    [InlineData("PUT")]
    public async Task BodyField_IsOneFieldAndTheRestIsQuery(string method)
    {
        await using var library = await LibraryServer.StartAsync();

        var request = await library.CallAsync(
            method, "/v1/shelves/1/books/2?mask=title&book.title=query", """{"name":"body","title":"t"}""");

        var book = request.GetProperty("book");
        Assert.Equal("shelves/1/books/2", book.GetProperty("name").GetString());
        Assert.Equal("t", book.GetProperty("title").GetString());
        Assert.Equal("title", request.GetProperty("mask").GetString());
    }

    [Fact]
    public async Task RepeatedFieldAsBodyAndAsResponse_IsAnArray()
    {
        await using var library = await LibraryServer.StartAsync();

        var authors = await library.CallAsync("PUT", "/v1/books/1/authors", """["a","b"]""");

        Assert.Equal("""[ "a", "b" ]""", authors.GetRawText());
        Assert.Equal("[ ]", (await library.CallAsync("PUT", "/v1/books/1/authors", "[]")).GetRawText());
    }

    [Fact]
    public async Task BodyOfAField_ReachesNoOtherField()
    {
        await using var library = await LibraryServer.StartAsync();

        Assert.Contains("no JSON", await library.RefusedAsync("PUT", "/v1/books/1/authors", """["a"],"comment":"smuggled" """), StringComparison.Ordinal);
    }

    [Fact]
    public async Task ResponseFieldThatIsNotSet_IsNull()
    {
        await using var library = await LibraryServer.StartAsync();

        Assert.Equal("null", (await library.CallAsync("DELETE", "/v1/books/1")).GetRawText());
        Assert.Equal(4, (await library.CallAsync("DELETE", "/v1/books/1?place.shelf=4")).GetProperty("shelf").GetInt32());
    }

    [Theory]
    [InlineData("""{"pages":"x"}""", "'pages'")]
    [InlineData("""{"name":1}""", "'name'")]
    [InlineData("""{"place":{"shelf":"x"}}""", "'place.shelf'")]
    [InlineData("""{"place":{"neighbours":[{"shelf":1},{"shelf":[]}]}}""", "'place.neighbours[1].shelf'")]
    [InlineData("""{"authors":["a",{}]}""", "'authors[1]'")]
    [InlineData("""{"published":"never"}""", "'published'")]
    [InlineData("""{"genre":"GENRE_NONE"}""", "'genre'")]
    [InlineData("[]", "no rollcall.test.library.Book")]
    [InlineData("""{"name":"a" """, "no JSON: line 1")]
    [InlineData("{\n\"name\": x}", "no JSON: line 2")]
    [InlineData("\"", "no JSON")]
    public async Task WrongBody_NamesTheField(string body, string expected)
    {
        await using var library = await LibraryServer.StartAsync();

        Assert.Contains(expected, await library.RefusedAsync("POST", "/v1/books", body), StringComparison.Ordinal);
    }

    [Fact]
    public async Task BodyCutAnywhere_IsRefused()
    {
        await using var library = await LibraryServer.StartAsync();
        const string Whole = """{"name":"ä","pages":"1","place":{"shelf":1,"neighbours":[{}]},"genre":2}""";
        var bytes = System.Text.Encoding.UTF8.GetBytes(Whole);
        for (var length = 1; length < bytes.Length; length++)
        {
            using var response = await library.Caller.SendAsync(
                HttpMethod.Post, "/v1/books", new ByteArrayContent(bytes[..length]), "application/json");

            Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
        }
    }

    [Theory]
    [InlineData("application/json; charset=utf-8", HttpStatusCode.OK)]
    [InlineData("application/json; charset=\"UTF-8\"", HttpStatusCode.OK)]
    [InlineData("application/merge-patch+json", HttpStatusCode.OK)]
    [InlineData("application/json; charset=utf-16", HttpStatusCode.UnsupportedMediaType)]
    [InlineData("application/json; charset=\"utf-16\"", HttpStatusCode.UnsupportedMediaType)]
    [InlineData("text/plain", HttpStatusCode.UnsupportedMediaType)]
    [InlineData("application/x-www-form-urlencoded", HttpStatusCode.UnsupportedMediaType)]
    [InlineData(null, HttpStatusCode.UnsupportedMediaType)]
    public async Task BodyThatIsNoJson_IsRefused(string? type, HttpStatusCode expected)
    {
        await using var library = await LibraryServer.StartAsync();

        using var response = await library.Caller.SendAsync(HttpMethod.Post, "/v1/books", new ByteArrayContent("{}"u8.ToArray()), type);

        Assert.Equal(expected, response.StatusCode);
    }

    [Fact]
    public async Task BodyTooLarge_IsResourceExhausted()
    {
        await using var library = await LibraryServer.StartAsync(options => options.MaxReceiveMessageSize = 1000);

        var error = await library.CallAsync("POST", "/v1/books", $$"""{"name":"{{new string('x', 2000)}}"}""", HttpStatusCode.TooManyRequests);

        Assert.Equal(8, error.GetProperty("code").GetInt32());
    }

    private static string Repeat(string name, int count) => string.Concat(Enumerable.Repeat(name, count));
}
