using System.Runtime.CompilerServices;

namespace Rollcall.TestKit;

/// <summary>
/// Waits for things that happen on their own, with a timeout that names the caller's line. The only place that polls: prefer a
/// signal, and a <see cref="FakeTimeProvider"/> for anything that depends on time.
/// </summary>
public static class Eventually
{
    private static readonly TimeSpan s_defaultTimeout = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan s_interval = TimeSpan.FromMilliseconds(10);

    /// <summary>Polls until <paramref name="condition"/> holds.</summary>
    /// <param name="condition">Asked about every 10 milliseconds.</param>
    /// <param name="timeout">Default 10 seconds.</param>
    /// <param name="because">Evaluated for the message when the time is over: what was seen instead.</param>
    /// <param name="expression">Filled in by the compiler.</param>
    /// <param name="file">Filled in by the compiler.</param>
    /// <param name="line">Filled in by the compiler.</param>
    /// <exception cref="TimeoutException">The condition did not hold in time.</exception>
    public static Task TrueAsync(
        Func<bool> condition,
        TimeSpan? timeout = null,
        Func<string>? because = null,
        [CallerArgumentExpression(nameof(condition))] string expression = "",
        [CallerFilePath] string file = "",
        [CallerLineNumber] int line = 0)
    {
        ArgumentNullException.ThrowIfNull(condition);
        return TrueAsync(() => Task.FromResult(condition()), timeout, because, expression, file, line);
    }

    /// <summary>Polls until <paramref name="condition"/> holds; an exception from it ends the wait and is thrown.</summary>
    /// <param name="condition">Asked about every 10 milliseconds.</param>
    /// <param name="timeout">Default 10 seconds.</param>
    /// <param name="because">Evaluated for the message when the time is over: what was seen instead.</param>
    /// <param name="expression">Filled in by the compiler.</param>
    /// <param name="file">Filled in by the compiler.</param>
    /// <param name="line">Filled in by the compiler.</param>
    /// <exception cref="TimeoutException">The condition did not hold in time.</exception>
    public static async Task TrueAsync(
        Func<Task<bool>> condition,
        TimeSpan? timeout = null,
        Func<string>? because = null,
        [CallerArgumentExpression(nameof(condition))] string expression = "",
        [CallerFilePath] string file = "",
        [CallerLineNumber] int line = 0)
    {
        ArgumentNullException.ThrowIfNull(condition);
        var limit = timeout ?? s_defaultTimeout;
        var start = TimeProvider.System.GetTimestamp();
        while (!await condition().WithinAsync(limit, expression, file, line))
        {
            if (TimeProvider.System.GetElapsedTime(start) > limit)
            {
                throw Expired(limit, because is null ? expression : $"{expression}: {because()}", file, line);
            }

            await Task.Delay(s_interval, TimeProvider.System);
        }
    }

    /// <summary>Polls until a count is above zero and has not changed twenty times in a row, and gives it.</summary>
    /// <param name="count">Asked about every 10 milliseconds.</param>
    /// <param name="expression">Filled in by the compiler.</param>
    /// <param name="file">Filled in by the compiler.</param>
    /// <param name="line">Filled in by the compiler.</param>
    /// <exception cref="TimeoutException">It did not settle within 10 seconds.</exception>
    public static async Task<int> SettledAsync(
        Func<int> count,
        [CallerArgumentExpression(nameof(count))] string expression = "",
        [CallerFilePath] string file = "",
        [CallerLineNumber] int line = 0)
    {
        ArgumentNullException.ThrowIfNull(count);
        var (before, same) = (0, 0);
        await TrueAsync(
            () =>
            {
                var now = count();
                same = now > 0 && now == before ? same + 1 : 0;
                before = now;
                return same == 20;
            },
            null,
            null,
            $"{expression} does not change",
            file,
            line);
        return before;
    }

    /// <summary>Polls until <paramref name="assertions"/> run without an exception; the last exception is the cause given.</summary>
    /// <param name="assertions">Asked about every 10 milliseconds.</param>
    /// <param name="timeout">Default 10 seconds.</param>
    /// <param name="file">Filled in by the compiler.</param>
    /// <param name="line">Filled in by the compiler.</param>
    /// <exception cref="TimeoutException">They did not pass in time.</exception>
    public static async Task PassesAsync(
        Func<Task> assertions, TimeSpan? timeout = null, [CallerFilePath] string file = "", [CallerLineNumber] int line = 0)
    {
        ArgumentNullException.ThrowIfNull(assertions);
        var limit = timeout ?? s_defaultTimeout;
        var start = TimeProvider.System.GetTimestamp();
        while (true)
        {
            try
            {
                await assertions().WithinAsync(limit, "the assertions", file, line);
                return;
            }
            catch (Exception e) when (TimeProvider.System.GetElapsedTime(start) > limit)
            {
                throw new TimeoutException(Expired(limit, e.Message, file, line).Message, e);
            }
            catch (Exception)
            {
                await Task.Delay(s_interval, TimeProvider.System);
            }
        }
    }

    /// <summary>Awaits <paramref name="task"/>, but not for longer than <paramref name="timeout"/>.</summary>
    /// <param name="task">What is awaited. It is not cancelled when the time is over.</param>
    /// <param name="timeout">Default 10 seconds.</param>
    /// <param name="expression">Filled in by the compiler.</param>
    /// <param name="file">Filled in by the compiler.</param>
    /// <param name="line">Filled in by the compiler.</param>
    /// <exception cref="TimeoutException">The task did not complete in time.</exception>
    public static async Task WithinAsync(
        this Task task,
        TimeSpan? timeout = null,
        [CallerArgumentExpression(nameof(task))] string expression = "",
        [CallerFilePath] string file = "",
        [CallerLineNumber] int line = 0)
    {
        ArgumentNullException.ThrowIfNull(task);
        var limit = timeout ?? s_defaultTimeout;
        try
        {
            await task.WaitAsync(limit, TimeProvider.System);
        }
        catch (TimeoutException) when (!task.IsCompleted)
        {
            throw Expired(limit, expression, file, line);
        }
    }

    /// <summary>Awaits <paramref name="task"/>, but not for longer than <paramref name="timeout"/>.</summary>
    /// <param name="task">What is awaited. It is not cancelled when the time is over.</param>
    /// <param name="timeout">Default 10 seconds.</param>
    /// <param name="expression">Filled in by the compiler.</param>
    /// <param name="file">Filled in by the compiler.</param>
    /// <param name="line">Filled in by the compiler.</param>
    /// <exception cref="TimeoutException">The task did not complete in time.</exception>
    public static async Task<T> WithinAsync<T>(
        this Task<T> task,
        TimeSpan? timeout = null,
        [CallerArgumentExpression(nameof(task))] string expression = "",
        [CallerFilePath] string file = "",
        [CallerLineNumber] int line = 0)
    {
        await ((Task)task).WithinAsync(timeout, expression, file, line);
        return await task;
    }

    private static TimeoutException Expired(TimeSpan limit, string what, string file, int line) =>
        new($"{Path.GetFileName(file)}:{line}: not within {limit.TotalSeconds:0.###} s: {what}");
}
