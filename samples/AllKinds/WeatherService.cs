using Google.Protobuf;
using Grpc.Core;
using Microsoft.AspNetCore.Authorization;
using Rollcall.Grpc.Server;

namespace AllKinds;

/// <summary>An instance serves one call; what outlives it is in the station.</summary>
[Authorize]
internal sealed class WeatherService(Station station, Tokens tokens) : Weather.WeatherBase
{
    /// <summary>The name of the metadata that carries a <see cref="Fault"/>; "-bin" says that it is bytes.</summary>
    public const string FaultKey = "fault-bin";

    [AllowAnonymous]
    public override Task<LogInReply> LogIn(LogInRequest request, ServerCallContext context) =>
        Task.FromResult(new LogInReply { Token = tokens.Issue(request.Name) });

    [Authorize("stations")]
    public override async Task<Summary> Record(IAsyncStreamReader<Reading> requestStream, ServerCallContext context)
    {
        var readings = new List<double>();
        await foreach (var reading in requestStream.ReadAllAsync(context.CancellationToken))
        {
            if (reading.Celsius < -273.15)
            {
                var fault = new Fault { Field = "celsius", Rule = "at least -273.15" };
                throw new RpcException(
                    new Status(StatusCode.InvalidArgument, $"{reading.Celsius} is colder than cold."), new Metadata { { FaultKey, fault.ToByteArray() } });
            }

            readings.Add(reading.Celsius);
        }

        station.Add(readings);
        return new Summary { Readings = readings.Count, Average = readings.Average() };
    }

    public override async Task Follow(FollowRequest request, IServerStreamWriter<Reading> responseStream, ServerCallContext context)
    {
        for (var i = 0; i < request.Readings; i++)
        {
            // Waits for a reading that is not there yet, until the caller has had enough.
            await responseStream.WriteAsync(new Reading { Celsius = await station.GetAsync(i, context.CancellationToken) });
        }
    }

    public override async Task Ask(IAsyncStreamReader<Question> requestStream, IServerStreamWriter<Answer> responseStream, ServerCallContext context)
    {
        var name = context.GetHttpContext().User.Identity?.Name;
        await foreach (var question in requestStream.ReadAllAsync(context.CancellationToken))
        {
            await responseStream.WriteAsync(new Answer { Text = $"{question.Text}? {station.Answer(question.Text)}, {name}." });
        }
    }
}
