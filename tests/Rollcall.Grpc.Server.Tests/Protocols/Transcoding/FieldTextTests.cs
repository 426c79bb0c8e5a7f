using Google.Protobuf.WellKnownTypes;
using Rollcall.Grpc.Server.Protocols;
using Rollcall.Grpc.Server.Tests.Library;

namespace Rollcall.Grpc.Server.Tests.Protocols.Transcoding;

/// <summary>Values of paths and query parameters; what they are is in <see cref="BindingTests"/>.</summary>
public sealed class FieldTextTests
{
    [Theory]
    [InlineData("true", true)]
    [InlineData("True", true)]
    [InlineData("TRUE", true)]
    [InlineData("t", true)]
    [InlineData("T", true)]
    [InlineData("1", true)]
    [InlineData("false", false)]
    [InlineData("False", false)]
    [InlineData("FALSE", false)]
    [InlineData("f", false)]
    [InlineData("F", false)]
    [InlineData("0", false)]
    [InlineData("tRUE", null)]
    [InlineData("10", null)]
    [InlineData("yes", null)]
    [InlineData(" true", null)]
    public void Bool_IsTakenAsPeopleWriteIt(string text, bool? expected)
    {
        Assert.Equal(expected is not null, FieldText.TryParse(Query.Descriptor.FindFieldByName("flag"), text, out var value, out _));
        Assert.Equal(expected, value);
        Assert.Equal(expected is not null, FieldText.TryParse(Query.Descriptor.FindFieldByName("switch"), text, out var wrapped, out _));
        Assert.Equal(expected, wrapped);
    }

    [Theory]
    [InlineData("", "")]
    [InlineData("name", "name")]
    [InlineData("displayName,create_time", "display_name create_time")]
    [InlineData("place.roomNumber,place.room_number,,", "place.room_number place.room_number")]
    [InlineData("fooBar.baz_qux,foo_bar.bazQux", "foo_bar.baz_qux foo_bar.baz_qux")]
    [InlineData("_x,Xy.z1", "_x _xy.z1")]
    public void FieldMask_TakesNamesOfBothKinds(string text, string paths)
    {
        Assert.True(FieldText.TryParse(Query.Descriptor.FindFieldByName("mask"), text, out var value, out _));

        Assert.Equal(paths, string.Join(' ', Assert.IsType<FieldMask>(value).Paths));
    }

    // An answer that holds the mask would fail, after the call has done its work.
    [Theory]
    [InlineData("some_Name")]
    [InlineData("name,place.some_Name")]
    [InlineData("foo__bar")]
    [InlineData("y_")]
    [InlineData("y_.x")]
    [InlineData("line_1")]
    public void FieldMask_RefusesWhatJsonCannotSay(string text)
    {
        Assert.False(FieldText.TryParse(Query.Descriptor.FindFieldByName("mask"), text, out _, out var fault));

        Assert.Contains("user.displayName", fault, StringComparison.Ordinal);
    }

    // By JSON it is more than 800 bytes, and without hardly more than the value.
    [Theory]
    [InlineData("int32_value", "-2147483648", int.MinValue)]
    [InlineData("int64_value", "-9223372036854775808", long.MinValue)]
    [InlineData("uint32_value", "4294967295", uint.MaxValue)]
    [InlineData("uint64_value", "18446744073709551615", ulong.MaxValue)]
    [InlineData("sfixed32_value", "007", 7)]
    [InlineData("count", "42", 42L)]
    [InlineData("genre", "77", 77)]
    public void PlainNumber_TakesNoWayByJson(string name, string text, object expected)
    {
        const int Times = 1000;
        var field = Query.Descriptor.FindFieldByName(name);
        Parse();
        var before = GC.GetAllocatedBytesForCurrentThread();

        for (var i = 0; i < Times; i++)
        {
            Parse();
        }

        Assert.InRange((GC.GetAllocatedBytesForCurrentThread() - before) / Times, 0, 300);
        Assert.Equal(expected, Parse());

        object? Parse() => FieldText.TryParse(field, text, out var value, out _) ? value : null;
    }
}
